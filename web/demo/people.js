// The simulated people of this visitor. They are remembered until the tab is closed, so that a reload goes on.

import { addUser } from './api.js';

const KEPT = 'nameless.people';

// By the language of their Telegram, women and men in turn; how the page calls them in either language.
const NAMES = {
  en: [['Maya', 'Майя'], ['Theo', 'Тео'], ['Iris', 'Айрис'], ['Felix', 'Феликс'], ['Nora', 'Нора'], ['Hugo', 'Хьюго']],
  ru: [['Varya', 'Варя'], ['Timur', 'Тимур'], ['Sonya', 'Соня'], ['Gleb', 'Глеб'], ['Asya', 'Ася'], ['Mark', 'Марк']],
};
// Whose Telegram speaks what, by phone.
const LANGUAGES = ['en', 'ru', 'en'];

/** Person: `{id, lang, gender, name: {en, ru}}`. Makes the one for phone number `slot`, unlike `others`. */
export async function makePerson(slot, others) {
  const lang = LANGUAGES[slot % LANGUAGES.length];
  const free = NAMES[lang].filter(([en]) => others.every((other) => other?.name.en !== en));
  const [en, ru] = free[Math.floor(Math.random() * free.length)];
  const gender = NAMES[lang].findIndex(([name]) => name === en) % 2 === 0 ? 'female' : 'male';
  const username = `${en.toLowerCase()}_${1000 + Math.floor(Math.random() * 9000)}`;
  const { id } = await addUser({ first_name: lang === 'ru' ? ru : en, language_code: lang, username });
  return { id, lang, gender, name: { en, ru } };
}

export const remember = (people) => sessionStorage.setItem(KEPT, JSON.stringify(people));

export function remembered() {
  try {
    const people = JSON.parse(sessionStorage.getItem(KEPT) ?? '[]');
    return people.filter((person) => Number.isInteger(person.id) && person.name?.en).slice(0, LANGUAGES.length);
  } catch {
    return [];
  }
}
