// What is said of something that did not work.

import { knows, t } from './i18n.js';
import { tell } from './say.js';
import { haptic } from './tg.js';

/** The words for a problem. */
export function words(cause) {
  const key = `problem-${cause.code}`;
  return knows(key) ? t(key) : t('problem-away');
}

/** Says it. */
export function problem(cause) {
  haptic('error');
  tell(words(cause));
}
