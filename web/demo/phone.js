// One phone: a person's chat with the bot, in a frame.

import { Chat } from './chat.js';
import { Composer } from './composer.js';
import { flash, h } from './dom.js';
import { follow } from './follow.js';
import { label, language, onLanguage, say } from './i18n.js';
import { MiniApp } from './mini.js';

const TYPING_MS = 5000;
const TOAST_MS = 3200;

export class Phone {
  /** `gone`: called if the server does not know the person (it was started anew). */
  constructor(person, slot, gone) {
    this.person = person;
    this.gone = gone;
    this.screen = h('div', { class: 'screen' });
    const fail = (error) => this.toast(error.message);
    /** The Mini App, while it is open. */
    this.app = null;
    this.composer = new Composer(person, this.screen, fail, () => this.openApp());
    this.chat = new Chat(person, this.screen, {
      reply: (message) => this.composer.enter('reply', message),
      edit: (message) => this.composer.enter('edit', message),
      toast: (text, alert) => (alert ? this.alert(text) : this.toast(text)),
      app: () => this.openApp(),
      fail,
    });
    this.draw(slot);
    this.close = follow(person.id, (kind, event) => this.on(kind, event));
  }

  draw(slot) {
    this.state = say(h('small', { class: 'bot-state' }), 'connecting');
    this.toasts = h('div', { class: 'toasts', role: 'status' });
    const owner = h('b');
    const avatar = h('span', { class: 'avatar', 'aria-hidden': 'true' });
    const name = () => {
      owner.textContent = this.person.name[language()];
      avatar.textContent = owner.textContent[0];
    };
    name();
    this.deaf = onLanguage(name);
    const clock = h('span');
    const tick = () => {
      clock.textContent = new Date().toLocaleTimeString('ru', { hour: '2-digit', minute: '2-digit' });
    };
    tick();
    this.ticking = setInterval(tick, 10_000);

    this.screen.append(
      h('div', { class: 'statusbar', 'aria-hidden': 'true' }, clock, h('i', { class: 'island' }), h('i', { class: 'battery' })),
      h('div', { class: 'bot' },
        h('span', { class: 'bot-avatar', 'aria-hidden': 'true' }, h('i'), h('i')),
        h('p', {}, h('b', {}, 'Nameless'), this.state)),
      this.chat.list, this.chat.bottom, this.toasts, this.composer.element,
      say(h('div', { class: 'drop', 'aria-hidden': 'true' }), 'drop'));
    this.element = h('section', { class: 'phone', data: { slot, person: this.person.id } },
      h('header', { class: 'owner' }, avatar, h('p', {}, owner, say(h('small'), `speaks-${this.person.lang}`))),
      h('div', { class: 'frame' }, this.screen));
    label(this.element, 'phone', { name: this.person.name });
    this.acceptDrops();
  }

  on(kind, event) {
    if (kind === 'gone') return this.gone(this);
    if (kind === 'lost') return say(this.state, 'connecting');
    if (kind === 'chat_action') return this.typing();
    this.chat.on(kind, event);
    if (kind === 'hello' || event.message?.from_bot) this.quiet();
    // Whoever opens the bot for the first time presses "Start".
    if (kind === 'hello' && event.messages.length === 0) this.composer.command('/start');
  }

  /** The Mini App, over the chat. */
  openApp() {
    this.app ??= new MiniApp(this.person, this.screen, {
      toast: (text) => this.toast(text),
      fail: (error) => this.toast(error.message),
      closed: () => {
        this.app = null;
        this.composer.field.focus({ preventScroll: true });
      },
    });
  }

  typing() {
    clearTimeout(this.typed);
    say(this.state, 'typing').classList.add('typing');
    this.typed = setTimeout(() => this.quiet(), TYPING_MS);
  }

  quiet() {
    say(this.state, 'bot').classList.remove('typing');
  }

  toast(text) {
    const toast = h('p', { class: 'toast' }, text);
    this.toasts.replaceChildren(toast);
    setTimeout(() => toast.remove(), TOAST_MS);
  }

  alert(text) {
    const ok = say(h('button', { type: 'button' }), 'ok');
    const box = h('div', { class: 'alert', role: 'alertdialog', 'aria-modal': 'true', 'aria-label': text }, h('div', {}, h('p', {}, text), ok));
    const close = () => {
      box.remove();
      this.composer.field.focus({ preventScroll: true });
    };
    ok.addEventListener('click', close);
    box.addEventListener('keydown', (event) => event.key === 'Escape' && close());
    this.screen.append(box);
    ok.focus({ preventScroll: true });
  }

  acceptDrops() {
    const over = (shown) => this.screen.classList.toggle('dropping', shown);
    this.screen.addEventListener('dragover', (event) => {
      if (!event.dataTransfer.types.includes('Files')) return;
      event.preventDefault();
      over(true);
    });
    this.screen.addEventListener('dragleave', (event) => this.screen.contains(event.relatedTarget) || over(false));
    this.screen.addEventListener('drop', (event) => {
      event.preventDefault();
      over(false);
      this.composer.files(event.dataTransfer.files);
    });
  }

  /** Shows which phone is meant. */
  nudge() {
    flash(this.element, 'nudged', 900);
  }

  leave() {
    this.app?.close();
    this.close();
    this.deaf();
    this.chat.deaf();
    clearInterval(this.ticking);
    this.element.remove();
  }
}
