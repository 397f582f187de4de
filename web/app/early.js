// The session and what the first screen shows, asked for while the other modules are still on their way.

import { ahead, enter } from './api.js';
import { initData } from './tg.js';

if (initData) {
  // What goes wrong is said where it is waited for.
  enter().then(() => ['/me', '/lists', '/cards?limit=10'].forEach(ahead), () => {});
}
