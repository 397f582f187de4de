// The page: two phones, a third on request, and the engine between them.

import { Panel } from './actors.js';
import { openDesk, send } from './api.js';
import { playDating } from './dating.js';
import { language, onLanguage, say, sayAll, setLanguage } from './i18n.js';
import { makePerson, remember, remembered } from './people.js';
import { Phone } from './phone.js';
import { play } from './play.js';
import { tour } from './tour.js';

const MAX = 3;
const RETRY_MS = 1500;
const at = (id) => document.getElementById(id);
const phones = [];
const people = () => phones.filter(Boolean).map((phone) => phone.person);

function status(key, values) {
  if (key) say(at('status'), key, values);
  else at('status').textContent = '';
}

/** Puts a phone into place `slot`; a person who is gone from the server is replaced by a new one. */
function place(person, slot) {
  const phone = new Phone(person, slot, async () => {
    status();
    await renew(slot);
  });
  const before = phones[slot];
  if (before) before.element.replaceWith(phone.element);
  else at('phones').append(phone.element);
  before?.leave();
  phones[slot] = phone;
  remember(people());
  document.querySelector('.stage').classList.toggle('three', phones.length === MAX);
  at('third').hidden = phones.length === MAX;
}

async function renew(slot) {
  try {
    place(await makePerson(slot, people()), slot);
  } catch {
    status('silent');
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    await renew(slot);
    status();
  }
}

/** Two new people. The old ones go properly: nobody is to be paired with someone who is not there any more. */
async function anew() {
  await Promise.allSettled(phones.map((phone) => send(phone.person.id, { text: '/stop' })));
  phones.splice(2).forEach((phone) => phone.leave());
  for (const slot of [0, 1]) await renew(slot);
}

/** A phone that is nobody's, while the tour shows it. */
let guest = null;
function stage(element) {
  guest?.remove();
  guest = element;
  if (element) at('phones').append(element);
  document.querySelector('.stage').classList.toggle('guest', element !== null);
}

/** The guided tour, on two new people: what it shows, each can do once. */
async function guide() {
  const buttons = ['tour', 'play', 'play-dating', 'anew', 'third'].map(at);
  buttons.forEach((one) => { one.disabled = true; });
  status();
  try {
    await anew();
    status((await tour({ phones: () => phones, anew, stage })) ? 'tour-done' : 'tour-over');
  } catch (error) {
    status('play-failed', { error: error.message });
  }
  buttons.forEach((one) => { one.disabled = false; });
  // The bar took the focus, and is gone.
  if (document.activeElement === document.body) at('tour').focus({ preventScroll: true });
}

/** Plays one of the two, with two new people where those on the phones do not meet. */
async function playIt(button, act) {
  const [buttons, key] = [['tour', 'play', 'play-dating', 'anew'].map(at), button.dataset.say];
  buttons.forEach((one) => { one.disabled = true; });
  say(button, 'playing');
  try {
    if (!(await act(phones, status))) {
      status('play-again');
      await anew();
      if (!(await act(phones, status))) status('play-nobody');
    }
  } catch (error) {
    status('play-failed', { error: error.message });
  }
  say(button, key);
  buttons.forEach((one) => { one.disabled = false; });
}

function showLanguage() {
  for (const button of document.querySelectorAll('[data-language]')) {
    button.setAttribute('aria-pressed', String(button.dataset.language === language()));
  }
}

sayAll();
showLanguage();
onLanguage(showLanguage);
for (const button of document.querySelectorAll('[data-language]')) {
  button.addEventListener('click', () => setLanguage(button.dataset.language));
}
at('tour').addEventListener('click', guide);
at('play').addEventListener('click', () => playIt(at('play'), play));
at('play-dating').addEventListener('click', () => playIt(at('play-dating'), playDating));
at('anew').addEventListener('click', async () => {
  status();
  await anew();
});
at('third').addEventListener('click', async () => {
  await renew(2);
  // Where the phones lie side by side, the new one is swiped to.
  at('phones').scrollTo({ left: at('phones').scrollWidth, behavior: 'smooth' });
});

at('desk').addEventListener('click', async () => {
  // Opened by the click itself: a browser lets nothing else open a tab.
  const tab = window.open('', '_blank');
  try {
    await openDesk();
    tab.location = '/admin/payments';
  } catch (error) {
    tab?.close();
    status('play-failed', { error: error.message });
  }
});

new Panel(at('engine'), people);
const kept = remembered();
kept.forEach(place);
for (let slot = kept.length; slot < 2; slot += 1) await renew(slot);
