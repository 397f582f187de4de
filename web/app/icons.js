// Line icons, drawn here so that they look alike wherever the page is opened.

const PATHS = {
  cards: 'M8 4h9a2 2 0 0 1 2 2v11M5 8h8a2 2 0 0 1 2 2v8a2 2 0 0 1-2 2H7a2 2 0 0 1-2-2z',
  heart: 'M12 20S4 15.2 4 9.3A4.3 4.3 0 0 1 8.3 5 4.4 4.4 0 0 1 12 7.1 4.4 4.4 0 0 1 15.7 5 4.3 4.3 0 0 1 20 9.3C20 15.2 12 20 12 20z',
  talk: 'M5 5h14a1.5 1.5 0 0 1 1.5 1.5v8A1.5 1.5 0 0 1 19 16h-7l-5 4v-4H5a1.5 1.5 0 0 1-1.5-1.5v-8A1.5 1.5 0 0 1 5 5z',
  person: 'M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4.5 20a7.5 7.5 0 0 1 15 0',
  cross: 'M6 6l12 12M18 6L6 18',
  clock: 'M12 4a8 8 0 1 1 0 16 8 8 0 0 1 0-16zM12 8v4.5l3 1.8',
  undo: 'M9 6L4.5 10.5 9 15M5 10.5h8.5a5 5 0 0 1 0 10H10',
  star: 'M12 4l2.4 5.1 5.6.7-4.1 3.9 1.1 5.5-5-2.7-5 2.7 1.1-5.5L4 9.8l5.6-.7z',
  flag: 'M6 20V5M6 5.5c4-2.5 7 2 12-.5v8.5c-5 2.5-8-2-12 .5',
  pin: 'M12 21s6.5-6 6.5-11a6.5 6.5 0 0 0-13 0C5.5 15 12 21 12 21zM12 12.2a2.3 2.3 0 1 0 0-4.6 2.3 2.3 0 0 0 0 4.6z',
  goal: 'M12 4a8 8 0 1 1 0 16 8 8 0 0 1 0-16zM12 8.2a3.8 3.8 0 1 1 0 7.6 3.8 3.8 0 0 1 0-7.6z',
  back: 'M14.5 5.5L8 12l6.5 6.5',
  forth: 'M9.5 5.5L16 12l-6.5 6.5',
  gear: 'M4 7h9M17 7h3M4 17h3M11 17h9M15 5v4M9 15v4',
  chart: 'M5 20v-7M12 20V5M19 20v-10',
  pencil: 'M4.5 19.5l1-4L16 5l3 3L8.5 18.5z',
  plus: 'M12 5v14M5 12h14',
  bin: 'M5 7h14M10 7V4.5h4V7M7 7l1 12.5h8L17 7',
  tick: 'M4.5 12.5l4.5 4.5L19.5 6.5',
  search: 'M10.5 4.5a6 6 0 1 1 0 12 6 6 0 0 1 0-12zM15 15l5 5',
  eye: 'M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12zM12 14.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5z',
  moon: 'M19.5 14.5A8 8 0 0 1 9.5 4.5a8 8 0 1 0 10 10z',
  more: 'M6 14.5l6-6 6 6',
  card: 'M4 6h16v12H4zM8 10.5h4M8 14h8',
};

const SVG = 'http://www.w3.org/2000/svg';

/** An icon; it says nothing to screen readers, what it stands on has a label. */
export function icon(name) {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.setAttribute('aria-hidden', 'true');
  svg.setAttribute('class', 'icon');
  const path = document.createElementNS(SVG, 'path');
  path.setAttribute('d', PATHS[name]);
  svg.append(path);
  return svg;
}
