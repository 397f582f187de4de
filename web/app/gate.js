// Pages on which the app ends: there is nothing behind them, and they say why.

import { button, h } from './dom.js';
import { t } from './i18n.js';
import { only } from './router.js';
import { nothing } from './states.js';
import { close, initData, openLink } from './tg.js';

function page(sign, name, acts) {
  const title = t(`${name}-title`);
  const head = h('h1', { class: 'unseen', tabindex: '-1' }, title);
  only({ element: h('section', { class: 'page gate' }, head, nothing(sign, title, t(`${name}-words`), acts)) });
}

const away = () => (initData ? [button('primary', t('to-chat'), close)] : []);

/** It was opened in a browser: nobody has signed who looks. */
export const outside = () => page('talk', 'outside', []);

/** What Telegram signed is too old by now. */
export const stale = () => page('clock', 'stale', away());

/** The questions in the chat come first. */
export const noAccount = () => page('talk', 'no-account', away());

/** Kindly, and for good. */
export const tooYoung = () => page('heart', 'too-young', away());

/** They may not come in. */
export const forbidden = () => page('eye', 'forbidden', away());

/** There is no dating here. */
export const off = () => page('moon', 'off', away());

/** The operator's channel comes first; `again` looks whether they have joined. */
export const channel = (link, again) => page('talk', 'channel', [
  button('primary', t('channel-open'), () => openLink(link)),
  button('choice', t('channel-joined'), again),
]);

/** The engine does not answer; `again` asks once more. */
export const failed = (again) => page('clock', 'failed', [button('primary', t('try-again'), again)]);
