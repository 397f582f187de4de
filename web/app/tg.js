// Telegram's side: what its script offers, asked for by version and never trusted to be there.

const app = window.Telegram?.WebApp;

/** What Telegram signed of who opened the page; empty outside of Telegram. */
export const initData = app?.initData ?? '';

/** What the link said that led here; whoever made it chose it. */
export const startParam = String(app?.initDataUnsafe?.start_param ?? '');

/** Whether this client knows what a version brought. */
export function atLeast(version) {
  try {
    return Boolean(app?.isVersionAtLeast?.(version));
  } catch {
    return false;
  }
}

/** Does something that came with `version`; older clients throw, or do nothing. */
function attempt(version, act) {
  if (!app || !atLeast(version)) return undefined;
  try {
    return act();
  } catch {
    return undefined;
  }
}

/** Says that the page is there; a deck must not close the app by a swipe down. */
export function begin() {
  attempt('6.0', () => app.ready());
  attempt('6.0', () => app.expand());
  attempt('7.7', () => app.disableVerticalSwipes());
}

/** The bars around the page, in its colour (`#rrggbb`). Before 6.9 only names of the theme's are taken. */
export function paint(colour) {
  attempt('6.1', () => app.setHeaderColor(atLeast('6.9') ? colour : 'secondary_bg_color'));
  attempt('6.1', () => app.setBackgroundColor(colour));
  attempt('7.10', () => app.setBottomBarColor(colour));
}

/** Calls `act` whenever the theme is another one. */
export function onTheme(act) {
  attempt('6.0', () => app.onEvent('themeChanged', act));
}

/** `light`, `medium` and so on of a touch; `success`, `warning`, `error` of an outcome. */
export function haptic(kind) {
  attempt('6.1', () => {
    if (['success', 'warning', 'error'].includes(kind)) app.HapticFeedback.notificationOccurred(kind);
    else if (kind === 'selection') app.HapticFeedback.selectionChanged();
    else app.HapticFeedback.impactOccurred(kind);
  });
}

/** Asks before the app is closed, while there is something unsaved. */
export function guard(isUnsaved) {
  attempt('6.2', () => (isUnsaved ? app.enableClosingConfirmation() : app.disableClosingConfirmation()));
}

/** Hears of Telegram's back button. Where there is none, pages show one of their own. */
export function onBack(act) {
  attempt('6.1', () => app.BackButton.onClick(act));
}

/** Whether Telegram shows the way back. */
export const hasBack = () => atLeast('6.1');

export function showBack(isShown) {
  attempt('6.1', () => (isShown ? app.BackButton.show() : app.BackButton.hide()));
}

/** Back to the chat with the bot. */
export function close() {
  attempt('6.0', () => app.close());
}

/** Opens an invoice; how that ended: `paid`, `cancelled`, `failed` or `pending`. */
export function openInvoice(url) {
  return attempt('6.1', () => new Promise((resolve) => { app.openInvoice(url, resolve); })) ?? Promise.resolve('failed');
}

/** An address: in Telegram what is Telegram's, elsewhere what is not. Never one that runs something. */
export function openLink(link) {
  if (!/^https:\/\//.test(link)) return;
  const isOurs = /^https:\/\/(t\.me|telegram\.me)\//.test(link);
  if (attempt('6.1', () => (isOurs ? app.openTelegramLink(link) : app.openLink(link)) ?? true) === undefined) {
    window.open(link, '_blank', 'noopener');
  }
}

/** Somebody's chat in Telegram. */
export function openChat(username) {
  attempt('6.1', () => app.openTelegramLink(`https://t.me/${encodeURIComponent(username)}`));
}

/** Whose device this is, to keep apart what several accounts leave on it. */
const owner = String(app?.initDataUnsafe?.user?.id ?? 'me');
const NAME = (key) => `nameless_${key}_${owner}`;
/** A client that never answers must not hold up the page, milliseconds. */
const PATIENCE_MS = 1_500;

function device(method, ...args) {
  const asked = attempt('9.0', () => new Promise((resolve, reject) => {
    setTimeout(() => reject(new Error('no answer')), PATIENCE_MS);
    app.DeviceStorage[method](...args, (error, value) => (error ? reject(new Error(String(error))) : resolve(value)));
  }));
  return asked ?? Promise.reject(new Error('not known'));
}

/** What outlives closing: the client's own store where it has one, else the browser's. */
export const storage = {
  async get(key) {
    // Where the browser has it the client's did not answer: what that kept is older.
    try {
      const kept = localStorage.getItem(NAME(key));
      if (kept) return kept;
    } catch { /* A browser that keeps nothing. */ }
    return device('getItem', NAME(key)).catch(() => null);
  },
  async set(key, value) {
    try {
      await device('setItem', NAME(key), value);
      localStorage.removeItem(NAME(key));
    } catch {
      try {
        localStorage.setItem(NAME(key), value);
      } catch { /* A browser that keeps nothing: it lives as long as the page. */ }
    }
  },
};

/** Whether the client can say where it is. */
export const hasPlace = () => atLeast('8.0') && Boolean(app.LocationManager);

/** Where the device is, degrees; none if that is not to be had. */
export function place() {
  return new Promise((resolve) => {
    const manager = app.LocationManager;
    const look = () => (manager.isLocationAvailable ? manager.getLocation((at) => resolve(at ?? null)) : resolve(null));
    if (manager.isInited) look();
    else manager.init(look);
  }).catch(() => null);
}
