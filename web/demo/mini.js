// The Mini App in a phone: the engine's own page in a frame, and around it what Telegram shows, a bar with a way back.

import { appData, company } from './api.js';
import { flash, h } from './dom.js';
import { label, language, onLanguage, say, t } from './i18n.js';
import { icon } from './icons.js';

/** What this client of Telegram's understands. */
const VERSION = '8.0';
const PAINT = /^#[\da-f]{6}$/i;

export class MiniApp {
  /** Opens over `screen`; `act`: `{toast, fail, closed}` of the phone. */
  constructor(person, screen, act) {
    this.person = person;
    this.act = act;
    this.hasBack = false;
    this.isUnsaved = false;
    this.frame = label(h('iframe', { referrerpolicy: 'no-referrer' }), 'app-frame', { name: person.name });
    this.way = h('button', { type: 'button', class: 'mini-way', on: { click: () => this.step() } });
    const bar = h('header', { class: 'mini-bar' }, this.way,
      h('p', {}, h('b', {}, 'Nameless'), say(h('small'), 'app-kind')));
    this.element = h('section', { class: 'mini', role: 'dialog' }, bar, this.frame);
    label(this.element, 'app-of', { name: person.name });
    this.hear = (event) => this.heard(event);
    window.addEventListener('message', this.hear);
    this.deaf = onLanguage(() => this.drawWay());
    this.drawWay();
    screen.append(this.element);
    this.open();
  }

  async open() {
    try {
      const [{ init_data: data }] = await Promise.all([appData(this.person.id), company(language())]);
      const launch = new URLSearchParams({ tgWebAppData: data, tgWebAppVersion: VERSION, tgWebAppPlatform: 'web' });
      this.frame.src = `/demo/app#${launch}`;
    } catch (error) {
      this.act.fail(error);
      this.close();
    }
  }

  /** What is inside, for whoever plays by itself. */
  get page() {
    return this.frame.contentDocument;
  }

  drawWay() {
    const name = this.hasBack ? 'back' : 'close';
    this.way.replaceChildren(icon(name), h('span', {}, t(`app-${name}`)));
  }

  /** The bar's button: a step back, or out. */
  step() {
    if (this.hasBack) this.tell('back_button_pressed');
    else if (!this.isUnsaved || window.confirm(t('app-unsaved'))) this.close();
  }

  tell(eventType, eventData = {}) {
    this.frame.contentWindow?.postMessage(JSON.stringify({ eventType, eventData }), location.origin);
  }

  heard({ source, origin, data }) {
    if (source !== this.frame.contentWindow || origin !== location.origin || typeof data !== 'string') return;
    const { eventType, eventData } = JSON.parse(data);
    const does = {
      web_app_close: () => this.close(),
      web_app_setup_back_button: () => {
        this.hasBack = eventData.is_visible;
        this.drawWay();
      },
      web_app_setup_closing_behavior: () => { this.isUnsaved = eventData.need_confirmation; },
      web_app_set_header_color: () => this.paint(eventData.color),
      web_app_open_tg_link: () => this.act.toast(t('app-link', { name: eventData.path_full.replace('/', '@') })),
      // What a hand would feel is seen.
      web_app_trigger_haptic_feedback: () => eventData.notification_type === 'success' && flash(this.element, 'glad', 700),
    };
    does[eventType]?.();
  }

  /** The bar takes the app's colour. */
  paint(color) {
    if (PAINT.test(color)) this.element.style.setProperty('--mini', color);
  }

  close() {
    if (!this.element.isConnected) return;
    window.removeEventListener('message', this.hear);
    this.deaf();
    this.element.remove();
    this.act.closed();
  }
}
