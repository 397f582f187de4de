// Elements from code. There is no way to pass markup: whatever people write becomes a text node.

/**
 * Builds an element. `props`: `class`, `on` (listeners by event), `data` (data-attributes); anything else is set
 * as an attribute; `true` sets it empty, `false` and `null` leave it out.
 */
export function h(tag, props = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === null || value === undefined || value === false) continue;
    if (name === 'on') {
      for (const [event, listener] of Object.entries(value)) element.addEventListener(event, listener);
    } else if (name === 'data') {
      Object.assign(element.dataset, value);
    } else {
      element.setAttribute(name, value === true ? '' : value);
    }
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** Whether the visitor asked for less motion. */
export const calm = () => matchMedia('(prefers-reduced-motion: reduce)').matches;

/** Shows a class for a moment. */
export function flash(element, name, ms) {
  element.classList.remove(name);
  // Reading the layout restarts an animation that is still running.
  void element.offsetWidth;
  element.classList.add(name);
  setTimeout(() => element.classList.remove(name), ms);
}

export const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
