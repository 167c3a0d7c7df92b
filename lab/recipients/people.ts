import type { Country } from '#lab/recipients/phones.ts';

export interface Person {
  name: string;
  city: string;
  language: string;
}

interface Place {
  language: string;
  firstNames: string[];
  lastNames: string[];
  cities: string[];
}

const places: Record<Country, Place> = {
  DE: {
    language: 'de',
    firstNames: ['Anna', 'Jonas', 'Leonie', 'Jürgen', 'Zoë', 'Björn', 'Mila'],
    lastNames: ['Schäfer', 'Weiß', 'Krüger', 'Vogel', 'Öztürk', 'Lang'],
    cities: ['Berlin', 'Köln', 'München', 'Leipzig', 'Hamburg'],
  },
  BR: {
    language: 'pt',
    firstNames: ['João', 'Beatriz', 'Thiago', 'Conceição', 'Luís'],
    lastNames: ['da Silva', 'Gonçalves', 'Araújo', 'Lima', 'Sá', 'Ferrão', 'Nóbrega'],
    cities: ['São Paulo', 'Recife', 'Brasília', 'Belém'],
  },
  MX: {
    language: 'es',
    firstNames: ['María', 'José', 'Ximena', 'Ángel', 'Begoña'],
    lastNames: ['Núñez', 'García', 'Ibáñez', 'Peña', 'Ríos', 'Güemes', 'Solís'],
    cities: ['Ciudad de México', 'Mérida', 'León', 'Querétaro'],
  },
  US: {
    language: 'en',
    firstNames: ['Grace', 'Omar', 'Hannah', 'Miguel', 'Renée'],
    lastNames: ['Johnson', 'O’Neill', 'Nguyen', 'Smith-Lee', 'Carter', 'Diaz', 'Brooks'],
    cities: ['New York', 'Chicago', 'San Francisco', 'Austin'],
  },
  RU: {
    language: 'ru',
    firstNames: ['Анна', 'Пётр', 'Ольга', 'Илья', 'Ксения'],
    lastNames: ['Коваль', 'Ким', 'Белых', 'Дёмина', 'Шмидт', 'Гусь', 'Щука'],
    cities: ['Москва', 'Пермь', 'Казань', 'Орёл'],
  },
};

/** The nth person of a country. First and last names take turns at different lengths, so the same name comes back late. */
export function personOf(country: Country, n: number): Person {
  const { language, firstNames, lastNames, cities } = places[country];
  return { name: `${turn(firstNames, n)} ${turn(lastNames, n)}`, city: turn(cities, n), language };
}

function turn(list: readonly string[], n: number): string {
  return list[n % list.length] ?? '';
}
