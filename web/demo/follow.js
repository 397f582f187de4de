// The events of one chat, for as long as the page is looked at.
//
// Browsers allow six connections to a server: a page in the background lets go of its own, and takes them up
// again when it is looked at. Every connection begins with `hello`, the chat as it stands.

import { chatOf, eventsOf } from './api.js';

const KINDS = [
  'hello', 'message_added', 'message_edited', 'message_deleted', 'reaction_changed', 'callback_answered', 'chat_action',
];

/** Calls `on(kind, event)`; beside the simulator's kinds `lost` (trying again) and `gone` (no such person). */
export function follow(id, on) {
  let source = null;
  let timer = 0;
  let wait = 300;
  let over = false;

  const close = () => {
    clearTimeout(timer);
    source?.close();
    source = null;
  };
  const open = () => {
    if (over || source || document.hidden) return;
    source = new EventSource(eventsOf(id));
    for (const kind of KINDS) {
      source.addEventListener(kind, (event) => {
        wait = 300;
        on(kind, JSON.parse(event.data));
      });
    }
    source.onerror = async () => {
      close();
      on('lost', {});
      const gone = await chatOf(id).then(() => false, (error) => error.status === 404);
      if (over) return;
      if (gone) return on('gone', {});
      timer = setTimeout(open, wait);
      wait = Math.min(wait * 2, 5000);
    };
  };
  const look = () => (document.hidden ? close() : open());
  document.addEventListener('visibilitychange', look);
  open();
  return () => {
    over = true;
    document.removeEventListener('visibilitychange', look);
    close();
  };
}
