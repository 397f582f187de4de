// What is sold apart: packs that are paid inside Telegram. What Telegram's window says is no proof: the engine's word counts.

import { get, write } from './api.js';
import { pause } from './dom.js';
import { number, t } from './i18n.js';
import { problem } from './problems.js';
import { tell } from './say.js';
import { choose } from './sheet.js';
import { left, loadMe } from './state.js';
import { haptic, openInvoice } from './tg.js';

/** How often is asked whether a payment has come, and for how long, milliseconds. */
const LOOK_MS = 1_000;
const LOOKS = 20;

/** Whether there are more than before, as the engine says. */
async function comes(good, before) {
  for (let look = 0; look < LOOKS; look += 1) {
    try {
      await loadMe();
      if (left(good) > before) return true;
    } catch { /* The next time. */ }
    await pause(LOOK_MS);
  }
  return false;
}

async function buy(id, good) {
  const before = left(good);
  const { url } = await write('POST', `/goods/${id}/invoice`);
  const status = await openInvoice(url);
  if (status === 'cancelled') return false;
  if (await comes(good, before)) {
    haptic('success');
    tell(t('bought'));
    return true;
  }
  tell(t(status === 'paid' || status === 'pending' ? 'payment-late' : 'payment-failed'));
  return false;
}

/** Offers packs of this; fulfilled with whether they have some now. */
export async function offer(good) {
  try {
    const { goods } = await get('/goods');
    const packs = goods.filter((one) => one.good === good);
    const label = ({ title, stars }) => t('price', { title, stars: number(stars) });
    const choices = packs.map((one) => ({ label: label(one), value: one.id, kind: 'primary' }));
    const id = await choose(t(`offer-${good}`), t(`offer-${good}-words`), choices);
    return id ? await buy(id, good) : false;
  } catch (cause) {
    problem(cause);
    return false;
  }
}
