// The engine from within: its tree of actors, drawn once and then only updated.

import { crashService, crashWorker, engineState } from './api.js';
import { flash, h } from './dom.js';
import { label, onLanguage, say, t } from './i18n.js';
import { icon } from './icons.js';
import { showFaces } from './media.js';
import { show } from './number.js';
import { SessionChip } from './session.js';
import { spark } from './spark.js';

const POLL_MS = 500;
// People of other tabs, or of before a fresh start, that are shown one by one.
const STRANGERS = 2;

// What stands at each node: key of the label, and its value in the counters. `beat`: the node lights up when this grows.
const FALLS = ['session', 'relay', 'matchmaker', 'outbox', 'persistence'];
const total = (c) => FALLS.reduce((sum, name) => sum + (c[`${name}_restarts`] ?? 0), 0) + (c.actor_deaths ?? 0);
const NODES = {
  supervisor: { values: [['restarts', total]], beat: total },
  shards: { values: [['updates', (c) => c.updates_accepted]], beat: (c) => c.updates_accepted },
  matchmaker: {
    values: [['seekers', (c) => c.seekers], ['met', (c) => c.pairs_opened]], beat: (c) => c.pairs_opened + c.seekers,
  },
  relay: { values: [['loaded', (c) => c.pairs_loaded], ['relayed', (c) => c.relayed]], beat: (c) => c.relayed },
  outbox: {
    values: [['waiting', (c) => c.outbox_depth], ['flying', (c) => c.outbox_in_flight]], beat: (c) => c.relayed + c.said,
  },
  faceguard: {
    values: [['shown', (c) => c.photos_approved], ['taken', (c) => c.photos_rejected]],
    beat: (c) => c.photos_approved + c.photos_rejected + c.photos_suspicious + c.photos_unchecked + c.photos_remembered,
  },
  persistence: {
    values: [['waiting', (c) => c.persistence_depth], ['written', (c) => c.writes]], beat: (c) => c.writes,
  },
};
// What works beside the way of a message: how often it was started anew.
for (const name of ['jobs', 'billing', 'dating', 'reminders', 'admin']) {
  NODES[name] = { values: [['restarts', (c) => c[`${name}_deaths`]]], beat: (c) => c[`${name}_deaths`] };
}
/** As the engine calls them. */
const service = (name) => (name === 'shards' ? 'shard' : name);

class Node {
  constructor(name, ...below) {
    this.spec = NODES[name];
    this.counts = this.spec.values.map(([key]) => ({ key: key === 'relayed' ? 'relayed-short' : key, number: h('b'), word: h('small') }));
    this.dot = h('i', { class: 'dot', 'aria-hidden': 'true' });
    // Nobody starts the supervisor anew: with it the process ends.
    this.bolt = name === 'supervisor' ? null : label(h('button', {
      type: 'button', class: 'crash fell-it', data: { service: service(name) }, on: { click: () => this.crash(service(name)) },
    }, icon('bolt')), `crash-${name}`);
    this.element = h('li', { class: `node ${name}` },
      h('div', { class: 'node-line' }, this.dot,
        h('p', { class: 'node-name' }, say(h('b'), name), say(h('small'), `${name}-does`)),
        h('p', { class: 'node-counts' }, this.counts.map(({ number, word }) => h('span', {}, number, ' ', word))), this.bolt),
      ...below);
  }

  /** Every actor of the service dies; the supervisor starts others in their places. */
  async crash(which) {
    flash(this.element, 'crashed', 1200);
    this.bolt.disabled = true;
    await crashService(which).catch((error) => console.warn('crash:', error.message));
    this.bolt.disabled = false;
  }

  update(counters) {
    this.spec.values.forEach(([, value], i) => {
      const { key, number, word } = this.counts[i];
      const n = value(counters) ?? null;
      show(number, n);
      say(word, key, { n });
    });
    const beat = this.spec.beat(counters);
    if (this.beat !== undefined && beat !== this.beat) flash(this.element, 'lit', 700);
    this.beat = beat;
  }
}

export class Panel {
  /** `people()`: the people of the phones, in their order. */
  constructor(root, people) {
    this.people = people;
    this.chips = new Map();
    this.draw(root);
    this.poll();
    document.addEventListener('visibilitychange', () => !document.hidden && this.poll());
    onLanguage(() => this.state && this.update(this.state));
  }

  draw(root) {
    const number = (key, unit) => {
      const value = h('b', {}, '–');
      const word = say(h('span'), key);
      const element = h('div', { class: 'figure' }, h('p', {}, value, unit ? say(h('small'), unit) : null), word);
      return { element, value, word };
    };
    this.figures = { relayed: number('relayed'), pairs: number('pairs'), p50: number('p50', 'ms'), p99: number('p99', 'ms') };
    this.spark = spark();
    this.sessions = h('ul', { class: 'sessions' });
    this.more = say(h('p', { class: 'none' }), 'none-yet');
    const [matchmaker, relay, outbox, persistence] = ['matchmaker', 'relay', 'outbox', 'persistence'].map((name) => new Node(name));
    this.verdict = say(h('span'), 'no-photo-yet');
    const crash = h('button', { type: 'button', class: 'crash', on: { click: () => this.crashWorker() } },
      icon('bolt'), say(h('span'), 'crash-worker'));
    this.why = h('small', { class: 'why' });
    this.looking = h('p', { class: 'verdict' }, this.verdict, this.why, crash);
    const faceguard = new Node('faceguard', this.looking);
    const shards = new Node('shards', this.sessions, this.more);
    const below = h('ul', {}, shards.element, matchmaker.element, relay.element, outbox.element, faceguard.element, persistence.element);
    const beside = ['jobs', 'billing', 'dating', 'reminders', 'admin'].map((name) => new Node(name));
    below.append(...beside.map((node) => node.element));
    const supervisor = new Node('supervisor', below);
    this.nodes = [supervisor, shards, matchmaker, relay, outbox, faceguard, persistence, ...beside];
    this.alive = say(h('span', { class: 'alive', role: 'status' }), 'alive');
    root.replaceChildren(
      h('header', {}, say(h('h2', { id: 'engine-title' }), 'engine-title'), this.alive),
      say(h('p', { class: 'engine-lead' }), 'engine-lead'),
      h('div', { class: 'figures' }, Object.values(this.figures).map((f) => f.element)),
      this.spark.element,
      h('ul', { class: 'tree' }, supervisor.element));
  }

  async poll() {
    clearTimeout(this.timer);
    const turn = (this.turn = (this.turn ?? 0) + 1);
    if (document.hidden) return;
    try {
      this.update(await engineState());
      this.healthy(true);
    } catch {
      this.healthy(false);
    }
    // Only the newest chain of polls goes on.
    if (turn === this.turn) this.timer = setTimeout(() => this.poll(), POLL_MS);
  }

  healthy(yes) {
    if (this.well === yes) return;
    this.well = yes;
    say(this.alive, yes ? 'alive' : 'silent').classList.toggle('silent', !yes);
  }

  update(state) {
    this.state = state;
    const { latency_ms: latency } = state;
    const deaths = (state.services ?? []).map(({ name, deaths: n }) => [`${name}_deaths`, n]);
    const counters = { ...state.counters, ...Object.fromEntries(deaths) };
    const digits = (ms) => (ms < 10 ? 1 : 0);
    show(this.figures.relayed.value, counters.relayed);
    show(this.figures.pairs.value, counters.pairs_loaded);
    say(this.figures.relayed.word, 'relayed', { n: counters.relayed });
    say(this.figures.pairs.word, 'pairs', { n: counters.pairs_loaded });
    show(this.figures.p50.value, latency.p50 ?? null, digits(latency.p50));
    show(this.figures.p99.value, latency.p99 ?? null, digits(latency.p99));
    this.nodes.forEach((node) => node.update(counters));
    this.showVerdict(state.photos);
    const seen = counters.updates_accepted + counters.relayed;
    // An engine that was started anew counts from zero.
    this.spark.push(this.seen === undefined ? 0 : Math.max(0, seen - this.seen));
    this.seen = seen;
    this.showSessions(state.sessions, counters.sessions);
  }

  /** Who looks at photos, and what they said last. */
  showVerdict({ policy, workers, last }) {
    this.looking.querySelector('.crash').hidden = workers === 0;
    if (policy === 'off') say(this.verdict, 'no-models');
    else if (last) say(this.verdict, `verdict-${last.decision}`, { n: Math.max(1, Math.round(last.ms)) });
    else say(this.verdict, 'no-photo-yet');
    const reasons = policy !== 'off' && last ? last.reasons : [];
    // That nobody could look is said already.
    this.why.textContent = reasons.filter((reason) => reason !== 'no_worker').map((reason) => t(`reason-${reason}`)).join(', ');
    if (last) showFaces(last.file, last.faces);
  }

  async crashWorker() {
    flash(this.looking, 'crashed', 1200);
    await crashWorker().catch((error) => console.warn('crash:', error.message));
  }

  /** Those of the phones first, in the phones' order, then whoever else there is. */
  showSessions(sessions, all) {
    const by = new Map(sessions.map((s) => [s.user, s]));
    const people = this.people();
    const known = people.map((person, slot) => ({ user: person.id, slot, name: person.name }));
    const strangers = sessions.filter((s) => !people.some((p) => p.id === s.user)).slice(0, STRANGERS).map(({ user }) => ({ user }));
    const wanted = [...known, ...strangers].filter(({ user }) => by.has(user) || this.chips.has(user));
    for (const [user, chip] of this.chips) {
      if (wanted.some((w) => w.user === user) && (by.has(user) || people.some((p) => p.id === user))) continue;
      chip.element.remove();
      this.chips.delete(user);
    }
    wanted.forEach(({ user, slot, name }, i) => {
      // Somebody unknown may turn out to be on a phone that is only now set up.
      if (this.chips.get(user)?.slot !== slot || !this.chips.has(user)) {
        this.chips.get(user)?.element.remove();
        this.chips.set(user, new SessionChip(user, slot, name));
      }
      const chip = this.chips.get(user);
      chip.update(by.get(user));
      if (this.sessions.children[i] !== chip.element) this.sessions.insertBefore(chip.element, this.sessions.children[i] ?? null);
    });
    const hidden = Math.max(0, (all ?? by.size) - wanted.filter(({ user }) => by.has(user)).length);
    this.more.hidden = wanted.length > 0 && hidden === 0;
    say(this.more, wanted.length === 0 ? 'none-yet' : 'others', { n: hidden });
  }
}
