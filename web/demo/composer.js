// The lower part of a phone: what the person types and attaches.

import * as api from './api.js';
import { calm, h, pause } from './dom.js';
import { sendFiles } from './files.js';
import { label, say, t } from './i18n.js';
import { icon } from './icons.js';
import { read } from './marks.js';
import { openMenu } from './menu.js';
import { kindOf, textOf } from './message.js';
import { samplePhoto } from './sample.js';

const QUICK = ['/search', '/next', '/stop'];
const OTHERS = ['start', 'dating', 'profile', 'settings', 'language', 'premium', 'report', 'rules', 'privacy', 'help'];
// Made up by the simulator; the last two show what the engine does not pass on.
const MADE_UP = [
  ['voice', 'microphone'], ['sticker', 'sticker'], ['dice', 'round'], ['contact', 'person'], ['location', 'pin'],
];

export class Composer {
  /** `app`: opens the Mini App. */
  constructor(person, screen, fail, app) {
    this.person = person;
    this.screen = screen;
    this.fail = fail;
    this.app = app;
    // What is answered or edited, if anything.
    this.about = null;
    this.draw();
  }

  draw() {
    this.field = label(h('textarea', { rows: 1, enterkeyhint: 'send', dir: 'auto', data: { hint: 'write' } }), 'write');
    this.field.placeholder = t('write');
    this.field.addEventListener('input', () => this.fit());
    this.field.addEventListener('keydown', (event) => this.key(event));
    this.field.addEventListener('paste', (event) => {
      if (event.clipboardData.files.length === 0) return;
      event.preventDefault();
      this.files(event.clipboardData.files);
    });
    this.picker = h('input', { type: 'file', multiple: true, hidden: true });
    this.picker.addEventListener('change', async () => {
      await this.files(this.picker.files);
      this.picker.value = '';
    });
    this.context = h('div', { class: 'context', hidden: true });
    const button = (name, key, act) => label(h('button', { type: 'button', class: name, on: { click: act } }), key);
    const attach = button('attach', 'attach', () => this.openAttach(attach));
    attach.append(icon('clip'));
    const menu = button('quick menu-button', 'commands', () => this.openCommands(menu));
    menu.append(icon('menu'));
    const cards = h('button', { type: 'button', class: 'quick app-button', on: { click: () => this.app() } }, icon('heart'), say(h('span'), 'cards'));
    const photo = say(h('button', { type: 'button', class: 'quick sample', on: { click: () => this.sample(1) } }), 'sample-photo');
    const send = label(h('button', { type: 'submit', class: 'send' }, icon('send')), 'send');
    this.element = h('form', { class: 'composer', on: { submit: (event) => {
      event.preventDefault();
      this.submit();
    } } },
    this.context,
    h('div', { class: 'quicks' }, menu, cards, QUICK.map((command) => h('button', {
      type: 'button', class: 'quick', on: { click: () => this.command(command) },
    }, command)), photo),
    h('div', { class: 'bar' }, attach, this.field, send, this.picker));
  }

  key(event) {
    if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      this.submit();
    } else if (event.key === 'Escape' && this.about) {
      event.stopPropagation();
      this.leave();
    }
  }

  /** As high as its text, up to a few lines. */
  fit() {
    this.field.style.height = 'auto';
    this.field.style.height = `${Math.min(this.field.scrollHeight, 110)}px`;
  }

  /** Says above the field which message is answered or edited. */
  enter(kind, message, focus = true) {
    this.about = { kind, message };
    const words = textOf(message.json) || t(kindOf(message.json));
    const cancel = label(h('button', { type: 'button', class: 'cancel', on: { click: () => this.leave() } }, icon('close')), 'cancel');
    this.context.replaceChildren(icon(kind === 'edit' ? 'edit' : 'reply'),
      h('p', {}, say(h('b'), kind === 'edit' ? 'editing' : 'answering'), h('span', {}, words)), cancel);
    this.context.hidden = false;
    if (kind === 'edit') this.field.value = textOf(message.json);
    this.fit();
    if (focus) this.field.focus({ preventScroll: true });
  }

  leave() {
    if (this.about?.kind === 'edit') this.field.value = '';
    this.about = null;
    this.context.hidden = true;
    this.fit();
  }

  async submit() {
    const typed = this.field.value.trim();
    const about = this.about;
    if (typed === '') return;
    const { text, entities } = read(typed);
    this.field.value = '';
    this.leave();
    const marked = entities.length > 0 ? { entities } : {};
    try {
      if (about?.kind === 'edit') {
        const content = kindOf(about.message.json) === 'text' ? { text } : { caption: text };
        await api.edit(this.person.id, about.message.message_id, { ...content, ...marked });
      } else {
        await api.send(this.person.id, { text, ...marked, ...(about ? { reply_to: about.message.message_id } : {}) });
      }
    } catch (error) {
      // Nothing that was typed is lost.
      if (this.field.value === '') this.field.value = typed;
      this.fit();
      this.fail(error);
    }
  }

  command(text) {
    return api.send(this.person.id, { text }).catch(this.fail);
  }

  /** Sends files, with what is in the field as their caption. */
  async files(files) {
    const replyTo = this.about?.kind === 'reply' ? this.about.message.message_id : undefined;
    const caption = this.field.value.trim();
    this.field.value = '';
    this.leave();
    await sendFiles(this.person.id, files, { caption, replyTo }).catch(this.fail);
  }

  async sample(count) {
    const photos = await Promise.all(Array.from({ length: count }, samplePhoto));
    await this.files(photos);
  }

  /** Types by itself, for the eye. */
  async type(text, replyTo) {
    if (replyTo) this.enter('reply', replyTo, false);
    for (let at = 0; at < text.length && !calm(); at += 2) {
      this.field.value = text.slice(0, at);
      this.fit();
      await pause(14);
    }
    this.field.value = text;
    await this.submit();
  }

  openAttach(anchor) {
    const made = MADE_UP.map(([kind, picture]) => ({
      icon: picture, text: t(`add-${kind}`),
      act: () => api.send(this.person.id, { kind }).catch(this.fail),
    }));
    openMenu({
      screen: this.screen, anchor, back: anchor, title: t('attach'),
      items: [
        { icon: 'file', text: t('add-file'), act: () => this.picker.click() },
        { icon: 'picture', text: t('sample-photo'), act: () => this.sample(1) },
        { icon: 'picture', text: t('add-album'), act: () => this.sample(2) },
        ...made,
      ],
    });
  }

  openCommands(anchor) {
    openMenu({
      screen: this.screen, anchor, back: anchor, title: t('commands'),
      items: OTHERS.map((name) => ({ text: `/${name}`, hint: t(`c-${name}`), act: () => this.command(`/${name}`) })),
    });
  }
}
