// The first time: one question a page, the date of birth before all else.

import { get } from './api.js';
import { question } from './ask.js';
import { button, h, once } from './dom.js';
import { tooYoung } from './gate.js';
import { FIELDS } from './fields.js';
import { t } from './i18n.js';
import { icon } from './icons.js';
import { problem } from './problems.js';
import { only } from './router.js';
import { shots } from './shots.js';
import { loadLists, loadMe } from './state.js';
import { guard, haptic } from './tg.js';

const STEPS = ['birth', 'name', 'gender', 'wants', 'place', 'goal', 'interests', 'bio', 'photos'];

/** What the engine calls the first thing that is missing, by our names. */
const CALLED = { city: 'place', cell: 'place', photo: 'photos' };

/** Asks what is missing; `done` once the profile is there. */
export async function onboard(first, done) {
  const [lists, profile] = await Promise.all([loadLists(), get('/profile').catch((cause) => {
    if (cause.status === 404) return {};
    throw cause;
  })]);
  new Onboarding(lists, profile, done).open(STEPS.indexOf(CALLED[first] ?? first));
}

class Onboarding {
  #lists;
  #profile;
  #done;
  #at = 0;

  constructor(lists, profile, done) {
    this.#lists = lists;
    this.#profile = profile;
    this.#done = done;
  }

  open(at) {
    this.#at = Math.max(0, at);
    const name = STEPS[this.#at];
    const n = this.#at + 1;
    const range = { 'aria-valuemin': 1, 'aria-valuemax': STEPS.length, 'aria-valuenow': n };
    const bar = h('div', { class: 'steps', role: 'progressbar', 'aria-label': t('steps'), ...range },
      STEPS.map((_, i) => h('i', { class: i <= this.#at ? 'done' : '' })));
    const page = name === 'photos' ? this.#photos() : this.#question(name);
    only({
      element: h('section', { class: 'page onboarding' }, bar, h('h1', { tabindex: '-1' }, t(`ask-${name}`)), page),
      leave: () => guard(false),
    });
  }

  #foot(isOptional) {
    // The date of birth is not given twice.
    const back = this.#at > 1 && button('round', icon('back'), () => this.open(this.#at - 1), { 'aria-label': t('back') });
    const skip = isOptional && button('quiet', t('skip'), () => this.#next());
    return h('div', { class: 'foot' }, back, skip, h('button', { type: 'submit', class: 'primary' }, t('next')));
  }

  /** One page: what is asked, and the ways on. Enter goes on as well. */
  #form(asked, next, isOptional) {
    const form = h('form', { class: 'stack', novalidate: true }, asked, this.#foot(isOptional));
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      once(form, next);
    });
    return form;
  }

  #question(name) {
    const asked = question(name, this.#profile, this.#lists);
    const next = async () => {
      try {
        const profile = await asked.save();
        if (!profile) return;
        this.#profile = { ...this.#profile, ...profile };
        haptic('light');
        await this.#next();
      } catch {
        tooYoung();
      }
    };
    return this.#form(asked.element, next, FIELDS[name].isOptional);
  }

  #photos() {
    const photos = shots(this.#profile, (profile) => { this.#profile = profile; });
    return this.#form([h('p', { class: 'soft' }, t('ask-photos-words')), photos], () => this.#next(), false);
  }

  async #next() {
    if (this.#at + 1 < STEPS.length) {
      this.open(this.#at + 1);
      return;
    }
    try {
      const me = await loadMe();
      if (me.has_profile) this.#done();
      else this.open(STEPS.indexOf(CALLED[me.question] ?? me.question));
    } catch (cause) {
      problem(cause);
    }
  }
}
