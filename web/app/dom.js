// Elements from code. There is no way to pass markup: whatever people write becomes a text node.

/**
 * Builds an element. `props`: `class`, `on` (listeners by event), `data` (data-attributes), `style` (properties; set
 * one by one, as the page's policy refuses style attributes); anything else is set as an attribute; `true` sets it
 * empty, `false` and `null` leave it out.
 */
export function h(tag, props = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === null || value === undefined || value === false) continue;
    if (name === 'on') {
      for (const [event, listener] of Object.entries(value)) element.addEventListener(event, listener);
    } else if (name === 'data') {
      Object.assign(element.dataset, value);
    } else if (name === 'style') {
      for (const [property, what] of Object.entries(value)) element.style.setProperty(property, what);
    } else {
      element.setAttribute(name, value === true ? '' : value);
    }
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** Whether the person asked for less motion. */
export const calm = () => matchMedia('(prefers-reduced-motion: reduce)').matches;

/** A button; `kind` is its class. A second tap within the first one's work does nothing. */
export function button(kind, label, act, props = {}) {
  const element = h('button', { type: 'button', class: kind, ...props }, label);
  element.addEventListener('click', (event) => once(element, () => act(event)));
  return element;
}

/** Runs `act` unless it still runs for this element. */
export async function once(element, act) {
  if (element.dataset.busy) return;
  element.dataset.busy = 'yes';
  try {
    await act();
  } finally {
    delete element.dataset.busy;
  }
}

export const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
