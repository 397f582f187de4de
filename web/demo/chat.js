// The messages of one phone: what there is, what is drawn, what can be done with it.

import * as api from './api.js';
import { join, together } from './album.js';
import { bubble } from './bubble.js';
import { flash, h } from './dom.js';
import { label, onLanguage, t } from './i18n.js';
import { icon } from './icons.js';
import { openMenu } from './menu.js';
import { kindOf, textOf } from './message.js';
import { onGivenUp } from './pace.js';

const EMOJI = ['👍', '❤', '🔥', '😁', '😢', '🎉'];
// A press that nobody answers is let go of after this long.
const PRESS_MS = 8000;

export class Chat {
  /** `screen`: where menus and toasts are shown; `act`: `{reply, edit, toast, app, fail}` of the phone. */
  constructor(person, screen, act) {
    this.person = person;
    this.screen = screen;
    this.act = act;
    this.messages = new Map();
    this.rows = new Map();
    // Presses under way by query, and answers that came before their press returned.
    this.presses = new Map();
    this.early = new Set();
    this.watchers = new Set();
    this.list = label(h('div', { class: 'chat', role: 'log', tabindex: 0 }), 'messages', { name: person.name });
    this.bottom = label(h('button', { type: 'button', class: 'bottom', hidden: true, on: { click: () => this.toEnd() } },
      icon('down')), 'bottom');
    // Whoever stands at the end stays there, whatever changes size.
    this.pinned = true;
    this.list.addEventListener('scroll', () => {
      this.pinned = this.atEnd(60);
      this.bottom.hidden = this.atEnd(200);
    });
    this.sizes = new ResizeObserver(() => this.pinned && this.toEnd());
    this.sizes.observe(this.list);
    // Pictures grow when they arrive.
    this.list.addEventListener('load', () => this.atEnd(400) && this.toEnd(), true);
    this.deaf = onLanguage(() => this.redraw());
  }

  // What the simulator tells.

  on(kind, event) {
    if (kind === 'hello') this.reset(event.messages);
    if (kind === 'message_added') this.put(event.message);
    if (kind === 'message_edited') this.put(event.message);
    if (kind === 'message_deleted') this.drop(event.message_id);
    if (kind === 'reaction_changed') this.reacted(event);
    if (kind === 'callback_answered') this.answered(event.answer);
    this.watchers.forEach((watcher) => watcher());
  }

  reset(messages) {
    this.messages = new Map(messages.filter((m) => !m.deleted).map((m) => [m.message_id, m]));
    this.redraw();
  }

  put(message) {
    const known = this.messages.has(message.message_id);
    const follow = this.atEnd(120) || !message.from_bot;
    const last = this.last();
    this.messages.set(message.message_id, message);
    if (!known && (!last || last.message_id < message.message_id)) this.append(message, last, true);
    // An item of an album is drawn in the row of the first: draw anew what is more than one row.
    else if (message.json.media_group_id || !known) this.redraw();
    else this.exchange(message);
    if (follow) this.toEnd();
  }

  drop(id) {
    const message = this.messages.get(id);
    if (!message || !this.messages.delete(id)) return;
    const row = this.rows.get(id);
    this.rows.delete(id);
    if (!row || message.json.media_group_id) return this.redraw();
    row.classList.add('leaving');
    setTimeout(() => row.remove(), 220);
  }

  reacted({ message_id: id, by_bot: byBot, reactions }) {
    const message = this.messages.get(id);
    if (!message) return;
    const follow = this.atEnd(120);
    message[byBot ? 'bot_reactions' : 'user_reactions'] = reactions;
    if (message.json.media_group_id) this.redraw();
    else this.exchange(message);
    if (follow) this.toEnd();
  }

  answered(answer) {
    const free = this.presses.get(answer.callback_query_id);
    if (free) free();
    else this.early.add(answer.callback_query_id);
    this.presses.delete(answer.callback_query_id);
    if (answer.text) this.act.toast(answer.text, answer.show_alert);
  }

  // What is drawn.

  append(message, before, fresh) {
    const first = this.rows.get(before?.message_id);
    if (first && together(before, message)) {
      join(first, message, this.person);
      return this.rows.set(message.message_id, first);
    }
    const row = bubble(message, this);
    if (fresh) row.classList.add('fresh');
    this.rows.set(message.message_id, row);
    this.list.append(row);
  }

  exchange(message) {
    const old = this.rows.get(message.message_id);
    const row = bubble(message, this);
    // What was uncovered stays so.
    if (old?.querySelector('.picture:not(.veiled)')) row.querySelector('.veil')?.click();
    old?.replaceWith(row);
    this.rows.set(message.message_id, row);
  }

  redraw() {
    const follow = this.atEnd(120);
    const shown = new Set([...this.rows].filter(([, row]) => row.querySelector('.picture:not(.veiled)')).map(([id]) => id));
    this.rows.clear();
    this.list.replaceChildren();
    let before;
    for (const message of this.sorted()) {
      this.append(message, before, false);
      if (shown.has(message.message_id)) this.rows.get(message.message_id).querySelectorAll('.veil').forEach((v) => v.click());
      before = message;
    }
    if (follow) this.toEnd();
  }

  sorted() {
    return [...this.messages.values()].sort((a, b) => a.message_id - b.message_id);
  }

  last() {
    return this.sorted().at(-1);
  }

  atEnd(slack) {
    return this.list.scrollHeight - this.list.scrollTop - this.list.clientHeight <= slack;
  }

  toEnd() {
    this.list.scrollTop = this.list.scrollHeight;
  }

  goTo(id) {
    const row = this.rows.get(id);
    if (!row) return;
    // Not scrollIntoView: that would move the page as well.
    this.list.scrollTop = row.offsetTop - this.list.clientHeight / 3;
    flash(row, 'found', 1400);
  }

  // What can be done.

  /** Resolves with the first true value of `wanted(chat)`; rejects when what plays is given up. */
  until(wanted, ms) {
    return new Promise((resolve, reject) => {
      const look = () => {
        const value = wanted(this);
        if (!value) return;
        done();
        resolve(value);
      };
      const timer = setTimeout(() => {
        done();
        reject(new Error('timeout'));
      }, ms);
      let forget = () => {};
      const done = () => {
        clearTimeout(timer);
        this.watchers.delete(look);
        forget();
      };
      this.watchers.add(look);
      forget = onGivenUp((reason) => {
        done();
        reject(reason);
      });
      look();
    });
  }

  async say(text, entities) {
    await this.send(entities?.length ? { text, entities } : { text });
  }

  async send(what) {
    await api.send(this.person.id, what).catch(this.act.fail);
  }

  async press(id, data, button) {
    const free = () => {
      button?.removeAttribute('aria-busy');
      clearTimeout(timer);
    };
    const timer = setTimeout(free, PRESS_MS);
    if (button?.getAttribute('aria-busy')) return clearTimeout(timer);
    button?.setAttribute('aria-busy', 'true');
    try {
      const { callback_query_id: query } = await api.press(this.person.id, id, data);
      if (this.early.delete(query)) free();
      else this.presses.set(query, free);
    } catch (error) {
      free();
      this.act.fail(error);
    }
  }

  async pay(bill, button) {
    if (button.getAttribute('aria-busy')) return;
    button.setAttribute('aria-busy', 'true');
    await api.pay(this.person.id, bill).catch(this.act.fail);
    button.removeAttribute('aria-busy');
  }

  async react(id, emoji) {
    await api.react(this.person.id, id, emoji ? [emoji] : []).catch(this.act.fail);
  }

  openMenu(message, anchor, back) {
    const { message_id: id, json, from_bot: fromBot } = message;
    const own = message.user_reactions?.[0]?.emoji;
    const items = [{ icon: 'reply', text: t('reply'), act: () => this.act.reply(message) }];
    if (!fromBot) {
      const changeable = textOf(json) || ['photo', 'video', 'animation', 'audio', 'document', 'voice'].includes(kindOf(json));
      if (changeable) items.push({ icon: 'edit', text: t('edit'), act: () => this.act.edit(message) });
      items.push({
        icon: 'bin', text: t('delete'),
        act: () => api.send(this.person.id, { text: '/delete', reply_to: id }).catch(this.act.fail),
      });
    }
    openMenu({
      screen: this.screen, anchor, back, items, title: t('actions'),
      reactions: EMOJI.map((emoji) => ({
        emoji, on: own === emoji, label: t('react', { emoji }),
        act: () => this.react(id, own === emoji ? null : emoji),
      })),
    });
  }
}
