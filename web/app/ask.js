// One question about the person: its words, its answer, and what the engine has against it.

import { write } from './api.js';
import { h } from './dom.js';
import { FIELDS } from './fields.js';
import { knows, t } from './i18n.js';
import { words } from './problems.js';
import { guard } from './tg.js';

/** What the engine has against an answer. */
function objection(cause) {
  const key = `objection-${cause.reason}`;
  return cause.code === 'objection' && knows(key) ? t(key) : words(cause);
}

/** `{element, save}`; `save` is fulfilled with the profile, or with nothing if the answer was not taken. */
export function question(name, profile, lists) {
  const field = FIELDS[name];
  const made = field.make(profile, lists);
  const error = h('p', { class: 'error', id: `error-${name}`, role: 'alert' });
  const about = { 'aria-describedby': `error-${name}` };
  const lead = h('p', { class: 'soft' }, t(`ask-${name}-words`));
  const element = field.isGroup
    ? h('fieldset', about, h('legend', { class: 'unseen' }, t(`ask-${name}`)), lead, made.element, error)
    : h('div', { class: 'stack' }, lead, made.element, error);
  if (!field.isGroup) made.element.querySelector('input, textarea').setAttribute('aria-describedby', `error-${name}`);
  const complain = (text) => {
    error.textContent = text;
    element.classList.toggle('wrong', text !== '');
    if (text) element.querySelector('input, textarea, select')?.focus();
  };
  element.addEventListener('input', () => {
    complain('');
    guard(true);
  });
  const save = async () => {
    const body = made.read();
    if (!body) {
      complain(t(`missing-${name}`));
      return null;
    }
    try {
      const now = await write('PUT', '/profile', body);
      guard(false);
      return now;
    } catch (cause) {
      if (cause.code === 'too_young') throw cause;
      complain(objection(cause));
      return null;
    }
  };
  return { element, save, isAnswered: () => made.read() !== null };
}
