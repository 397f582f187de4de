// Telegram's side of a Mini App, as its script sets it up: what the page calls is recorded, and what came with a
// later version throws, as older clients do. The test fills in: version, initData, theme, language, start.
(() => {
  const words = WORDS;
  const told = { calls: [], threw: [], sent: [] };
  // What the page sent outlives a reload, for tests of what is repeated.
  if (location.protocol === 'about:') return;
  if (sessionStorage.getItem('told.life') === String(words.life)) told.sent = JSON.parse(sessionStorage.getItem('told.sent') ?? '[]');
  sessionStorage.setItem('told.life', words.life);
  window.told = told;
  const number = (version) => version.split('.').map(Number);
  const isAtLeast = (version) => {
    const [have, want] = [number(words.version), number(version)];
    return have[0] > want[0] || (have[0] === want[0] && have[1] >= want[1]);
  };
  const since = (version, name, act = () => undefined) => (...args) => {
    if (!isAtLeast(version)) {
      told.threw.push(name);
      throw new Error(`WebAppMethodUnsupported: ${name}`);
    }
    told.calls.push(name);
    return act(...args);
  };
  const events = {};
  let isBackShown = false;
  let back = [];
  const kept = (key) => `device.${key}`;
  const store = {
    setItem: since('9.0', 'DeviceStorage.setItem', (key, value, done) => {
      localStorage.setItem(kept(key), value);
      setTimeout(() => done(null, true));
    }),
    getItem: since('9.0', 'DeviceStorage.getItem', (key, done) => setTimeout(() => done(null, localStorage.getItem(kept(key))))),
  };
  window.Telegram = {
    WebApp: {
      initData: words.init_data,
      initDataUnsafe: { user: { id: words.user, language_code: words.language }, start_param: words.start },
      version: words.version,
      platform: 'ios',
      isVersionAtLeast: isAtLeast,
      ready: since('6.0', 'ready'),
      expand: since('6.0', 'expand'),
      close: since('6.0', 'close'),
      onEvent: since('6.0', 'onEvent', (name, act) => { events[name] = act; }),
      setHeaderColor: since('6.1', 'setHeaderColor', (colour) => {
        if (colour.startsWith('#') && !isAtLeast('6.9')) throw new Error('WebAppHeaderColorKeyInvalid');
      }),
      setBackgroundColor: since('6.1', 'setBackgroundColor'),
      setBottomBarColor: since('7.10', 'setBottomBarColor'),
      disableVerticalSwipes: since('7.7', 'disableVerticalSwipes'),
      enableClosingConfirmation: since('6.2', 'enableClosingConfirmation'),
      disableClosingConfirmation: since('6.2', 'disableClosingConfirmation'),
      openTelegramLink: since('6.1', 'openTelegramLink'),
      HapticFeedback: {
        impactOccurred: since('6.1', 'impactOccurred'),
        notificationOccurred: since('6.1', 'notificationOccurred'),
        selectionChanged: since('6.1', 'selectionChanged'),
      },
      BackButton: {
        onClick: since('6.1', 'BackButton.onClick', (act) => back.push(act)),
        show: since('6.1', 'BackButton.show', () => { isBackShown = true; }),
        hide: since('6.1', 'BackButton.hide', () => { isBackShown = false; }),
      },
      DeviceStorage: store,
    },
  };
  told.back = () => {
    if (!isBackShown) return false;
    back.forEach((act) => act());
    return true;
  };
  told.isBackShown = () => isBackShown;

  // When the first card could be read, milliseconds from the beginning of the page.
  told.firstCard = null;
  new MutationObserver((_, observer) => {
    if (!document.querySelector('.deck .card.top[aria-label]')) return;
    told.firstCard = performance.now();
    observer.disconnect();
  }).observe(document, { childList: true, subtree: true });

  const dress = () => {
    for (const [name, colour] of Object.entries(words.theme)) {
      document.documentElement.style.setProperty(`--tg-theme-${name.replaceAll('_', '-')}`, colour);
    }
  };
  if (document.documentElement) dress();
  else new MutationObserver((_, observer) => { observer.disconnect(); dress(); }).observe(document, { childList: true });

  // What goes to the engine: path, key, and how it ended. `told.lose` answers of paths that end with `told.losing` are
  // lost after the engine has given them.
  const real = window.fetch;
  told.lose = 0;
  told.losing = '/verdict';
  window.fetch = async (url, options = {}) => {
    const path = new URL(url, location.href).pathname;
    const one = { method: options.method ?? 'GET', path, key: options.headers?.['Idempotency-Key'] ?? null, body: typeof options.body === 'string' ? options.body : null, status: 0 };
    told.bearer = options.headers?.Authorization ?? told.bearer;
    told.sent.push(one);
    try {
      const answer = await real(url, options);
      if (one.method === 'POST' && path.endsWith(told.losing) && told.lose > 0) {
        told.lose -= 1;
        one.status = -1;
        throw new TypeError('lost');
      }
      one.status = answer.status;
      return answer;
    } finally {
      sessionStorage.setItem('told.sent', JSON.stringify(told.sent));
    }
  };
})();
