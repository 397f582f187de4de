// One finger, or the mouse, takes a card aside. Only its transform changes while it moves, once a frame. It counts on
// release, by how far or how fast; back near its place, cancelled by the system or by the way back, it springs home.

import { calm } from './dom.js';
import { entered, left } from './router.js';

/** Before this many pixels it is a tap. */
const TAP = 8;
/** Share of the card's width that decides, and its bounds in pixels. */
const SHARE = 0.32;
const [LEAST, MOST] = [70, 130];
/** Pixels a millisecond that decide for a short way. */
const FAST = 0.55;
const SHORT = 28;
/** Speed is that of the last so many milliseconds. */
const RECENT_MS = 100;

/** `decide('like' | 'pass')` on release; `stamps` are what appears on the card, by verdict. */
export function draggable(card, stamps, decide) {
  let pointer = null;
  let from = { x: 0, y: 0 };
  let by = { x: 0, y: 0 };
  let trace = [];
  let isMoving = false;
  let frame = 0;

  const draw = () => {
    frame = 0;
    card.style.transform = `translate3d(${by.x}px, ${by.y * 0.25}px, 0) rotate(${by.x * 0.035}deg)`;
    const share = Math.min(1, Math.abs(by.x) / MOST);
    stamps.like.style.transform = `rotate(-14deg) scale(${by.x > 0 ? share : 0})`;
    stamps.pass.style.transform = `rotate(14deg) scale(${by.x < 0 ? share : 0})`;
  };

  const end = () => {
    cancelAnimationFrame(frame);
    frame = 0;
    pointer = null;
    if (!isMoving) return false;
    isMoving = false;
    card.classList.remove('held');
    left(home);
    return true;
  };

  const home = () => {
    if (!end()) return;
    const at = card.style.transform;
    card.style.transform = '';
    for (const stamp of Object.values(stamps)) stamp.style.transform = '';
    const how = { duration: 280, easing: 'cubic-bezier(.2, 1.3, .4, 1)' };
    if (!calm()) card.animate([{ transform: at }, { transform: 'none' }], how);
  };

  const speed = (now) => {
    const first = trace.find((point) => now - point.at <= RECENT_MS);
    return first && now > first.at ? (by.x - first.x) / (now - first.at) : 0;
  };

  card.addEventListener('pointerdown', (event) => {
    if (pointer !== null || !event.isPrimary || event.button !== 0 || event.target.closest('.own-tap')) return;
    pointer = event.pointerId;
    from = { x: event.clientX, y: event.clientY };
    by = { x: 0, y: 0 };
    trace = [{ x: 0, at: event.timeStamp }];
  });

  card.addEventListener('pointermove', (event) => {
    if (event.pointerId !== pointer) return;
    by = { x: event.clientX - from.x, y: event.clientY - from.y };
    if (!isMoving) {
      if (Math.abs(by.x) < TAP || Math.abs(by.y) > Math.abs(by.x)) return;
      isMoving = true;
      // Not before: a captured tap would never reach the button below it.
      card.setPointerCapture(pointer);
      card.classList.add('held');
      entered(home);
    }
    trace.push({ x: by.x, at: event.timeStamp });
    if (trace.length > 30) trace.shift();
    frame ||= requestAnimationFrame(draw);
  });

  card.addEventListener('pointerup', (event) => {
    if (event.pointerId !== pointer) return;
    if (!isMoving) {
      pointer = null;
      return;
    }
    // The click that follows belongs to the drag.
    card.addEventListener('click', stop, { capture: true, once: true });
    setTimeout(() => card.removeEventListener('click', stop, { capture: true }), 0);
    const far = Math.min(MOST, Math.max(LEAST, card.clientWidth * SHARE));
    const quick = speed(event.timeStamp);
    const isQuick = Math.abs(quick) > FAST && Math.abs(by.x) > SHORT && Math.sign(quick) === Math.sign(by.x);
    if (Math.abs(by.x) < far && !isQuick) {
      home();
      return;
    }
    draw();
    end();
    decide(by.x > 0 ? 'like' : 'pass');
  });

  card.addEventListener('pointercancel', home);
  card.addEventListener('lostpointercapture', (event) => {
    // A touch is captured by what it fell on; that this is taken over is no loss.
    if (event.target === card) home();
  });
  return home;
}

function stop(event) {
  event.stopPropagation();
  event.preventDefault();
}
