// Into the chat with a match. The chat itself is in the bot: the app steps aside.

import { write } from './api.js';
import { problem } from './problems.js';
import { t } from './i18n.js';
import { tell } from './say.js';
import { close, haptic } from './tg.js';

/** Opens the chat; where the other talks to somebody else, says so. */
export async function openMatch(match) {
  try {
    const { state } = await write('POST', `/matches/${match.token}/chat`);
    if (state === 'open') {
      haptic('success');
      tell(t('chat-open', { name: match.name }));
      close();
    } else {
      tell(t('chat-busy', { name: match.name }));
    }
  } catch (cause) {
    problem(cause);
  }
}
