/** A title that is a number, which messengers write in groups of digits, each in its own way. */
export const numberTitle = /^[+0-9 ().-]{8,}$/;

/** What tells one title from another: of a number the digits alone. */
export const titleKey = (title: string): string => (numberTitle.test(title) ? title.replaceAll(/\D/g, '') : title);
