import { english, type Words } from './english-words.ts';
import { latinWords } from './latin-words.ts';
import { otherWords } from './other-words.ts';

const language = (localStorage.getItem('WALangPref') ?? navigator.language).slice(0, 2);

/** Every text of the page, in the language that the browser or its own setting asks for (facts 2.5). */
export const words: Words = { ...english, ...latinWords[language], ...otherWords[language] };
