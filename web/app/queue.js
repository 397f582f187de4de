// Verdicts on their way to the engine. They are kept until the engine has them, leave in the order in which they were
// given, one at a time, each under a key of its own: closing the app or losing the network repeats one, never doubles it.

import { newKey, put } from './api.js';
import { storage } from './tg.js';

const KEPT = 'verdicts';
/** Pauses after failures, milliseconds; the last one from then on. */
const BACK_OFF_MS = [1_000, 2_000, 4_000, 8_000, 16_000, 30_000];
/** More than a day's likes and passes are not kept on the device. */
const MOST = 500;

export class Queue extends EventTarget {
  #items = [];
  /** Cards that a verdict was given on in this life of the page, or is on its way from one before. */
  #met = new Set();
  #isLoaded = false;
  #isRunning = false;
  #failures = 0;
  #timer = 0;
  #saving = Promise.resolve();

  /** Verdicts that wait. */
  get waiting() {
    return this.#items.length;
  }

  /** Whether the last attempt failed for want of a connection. */
  get isStuck() {
    return this.#failures > 0;
  }

  /** Whether it knows a verdict on this card. */
  has(token) {
    return this.#items.some((item) => item.token === token);
  }

  /** Whether a verdict on this card waits, or has left: an answer that was asked for before may still show it. */
  met(token) {
    return this.#met.has(token);
  }

  /** The card is there again. */
  forget(token) {
    this.#met.delete(token);
  }

  /** What an earlier life of the page left; it leaves first. */
  async load() {
    // A second try to open the page: what waits is here already.
    if (this.#isLoaded) return;
    this.#isLoaded = true;
    try {
      const kept = JSON.parse(await storage.get(KEPT) ?? '[]');
      const whole = (item) => [item?.key, item?.token, item?.verdict].every((word) => typeof word === 'string');
      this.#items = [...kept.filter(whole).slice(0, MOST), ...this.#items];
      this.#items.forEach((item) => this.#met.add(item.token));
    } catch { /* Nothing that could be read. */ }
    window.addEventListener('online', () => this.hurry());
    document.addEventListener('visibilitychange', () => { if (!document.hidden) this.hurry(); });
    if (this.waiting > 0) this.#drain();
  }

  /** Adds a verdict. False if there are too many already. */
  add(token, verdict) {
    if (this.waiting >= MOST || this.has(token)) return false;
    this.#items.push({ key: newKey(), token, verdict });
    this.#met.add(token);
    this.#save();
    this.#drain();
    return true;
  }

  /** Whether a verdict on this card has not left yet. */
  waits(token) {
    return this.#items.some((item) => item.token === token && !item.left);
  }

  /** Takes back a verdict that has not left yet. False if it has. */
  take(token) {
    const at = this.#items.findIndex((item) => item.token === token && !item.left);
    if (at < 0) return false;
    this.#items.splice(at, 1);
    this.#save();
    this.#tell('change');
    return true;
  }

  /** Tries at once. */
  hurry() {
    clearTimeout(this.#timer);
    this.#drain();
  }

  /** Fulfilled when nothing is under way: all is kept by the engine, or it cannot be reached. */
  async settled() {
    while (this.#isRunning) await new Promise((resolve) => this.addEventListener('rest', resolve, { once: true }));
  }

  #save() {
    const words = JSON.stringify(this.#items.map(({ key, token, verdict, left }) => ({ key, token, verdict, left })));
    this.#saving = this.#saving.then(() => storage.set(KEPT, words));
    return this.#saving;
  }

  #tell(name, detail = {}) {
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }

  async #drain() {
    if (this.#isRunning) return;
    this.#isRunning = true;
    clearTimeout(this.#timer);
    while (this.#items.length > 0) {
      const item = this.#items[0];
      // From now on the engine may have it, whatever becomes of the answer.
      item.left = true;
      await this.#save();
      try {
        const answer = await put('POST', `/cards/${item.token}/verdict`, { verdict: item.verdict }, item.key);
        this.#done(item, 'done', { answer });
      } catch (problem) {
        if (this.#waits(problem)) break;
        this.#done(item, 'refused', { problem });
      }
    }
    this.#isRunning = false;
    this.#tell('rest');
    this.#tell('change');
  }

  #done(item, name, detail) {
    this.#failures = 0;
    this.#items = this.#items.filter((other) => other !== item);
    this.#save();
    this.#tell('change');
    this.#tell(name, { token: item.token, verdict: item.verdict, ...detail });
  }

  /** Whether the verdict stays, for a problem that passes; then another attempt is due. */
  #waits(problem) {
    // Whoever has to join a channel first gives it once they have.
    if (!problem.passes && problem.status !== 401 && problem.code !== 'channel') return false;
    const wait = Math.max(BACK_OFF_MS[Math.min(this.#failures, BACK_OFF_MS.length - 1)], problem.wait ?? 0);
    this.#failures += 1;
    this.#timer = setTimeout(() => this.#drain(), wait);
    return true;
  }
}
