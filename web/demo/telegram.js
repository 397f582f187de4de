// Telegram's side of a Mini App, in place of its script: the page that frames the app is the client. As in Telegram's
// web clients, the app is told who opens it behind the # of its address, and both sides talk by messages.
(() => {
  const launch = new URLSearchParams(location.hash.slice(1));
  const version = launch.get('tgWebAppVersion') ?? '6.0';
  const initData = launch.get('tgWebAppData') ?? '';
  const told = new URLSearchParams(initData);

  const number = (text) => text.split('.').map(Number);
  const isVersionAtLeast = (wanted) => {
    const [have, want] = [number(version), number(wanted)];
    return have[0] > want[0] || (have[0] === want[0] && have[1] >= want[1]);
  };
  const tell = (eventType, eventData = {}) =>
    parent.postMessage(JSON.stringify({ eventType, eventData }), location.origin);

  const listeners = {};
  const on = (name, act) => (listeners[name] ??= new Set()).add(act);
  addEventListener('message', ({ source, origin, data }) => {
    if (source !== parent || origin !== location.origin || typeof data !== 'string') return;
    const { eventType, eventData } = JSON.parse(data);
    for (const act of listeners[eventType] ?? []) act(eventData);
  });

  const haptic = (type, more) => tell('web_app_trigger_haptic_feedback', { type, ...more });
  const back = (isVisible) => tell('web_app_setup_back_button', { is_visible: isVisible });
  window.Telegram = {
    WebApp: {
      initData,
      initDataUnsafe: { user: JSON.parse(told.get('user') ?? 'null') ?? undefined },
      version,
      platform: launch.get('tgWebAppPlatform') ?? 'unknown',
      isVersionAtLeast,
      ready: () => tell('web_app_ready'),
      expand: () => tell('web_app_expand'),
      close: () => tell('web_app_close'),
      onEvent: (name, act) => on(name === 'themeChanged' ? 'theme_changed' : name, act),
      setHeaderColor: (color) => tell('web_app_set_header_color', { color }),
      setBackgroundColor: (color) => tell('web_app_set_background_color', { color }),
      setBottomBarColor: (color) => tell('web_app_set_bottom_bar_color', { color }),
      disableVerticalSwipes: () => tell('web_app_setup_swipe_behavior', { allow_vertical_swipe: false }),
      enableClosingConfirmation: () => tell('web_app_setup_closing_behavior', { need_confirmation: true }),
      disableClosingConfirmation: () => tell('web_app_setup_closing_behavior', { need_confirmation: false }),
      openTelegramLink: (url) => tell('web_app_open_tg_link', { path_full: new URL(url).pathname }),
      HapticFeedback: {
        impactOccurred: (style) => haptic('impact', { impact_style: style }),
        notificationOccurred: (style) => haptic('notification', { notification_type: style }),
        selectionChanged: () => haptic('selection_change'),
      },
      BackButton: {
        onClick: (act) => on('back_button_pressed', act),
        show: () => back(true),
        hide: () => back(false),
      },
    },
  };
})();
