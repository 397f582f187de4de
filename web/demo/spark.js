// The last minute as a small curve.

const SVG = 'http://www.w3.org/2000/svg';
const POINTS = 90;

/** `{element, push(n)}`. */
export function spark() {
  const element = document.createElementNS(SVG, 'svg');
  element.setAttribute('viewBox', `0 0 ${POINTS - 1} 20`);
  element.setAttribute('preserveAspectRatio', 'none');
  element.setAttribute('class', 'spark');
  element.setAttribute('aria-hidden', 'true');
  const area = document.createElementNS(SVG, 'path');
  const line = document.createElementNS(SVG, 'path');
  area.setAttribute('class', 'spark-area');
  line.setAttribute('class', 'spark-line');
  element.append(area, line);
  const values = new Array(POINTS).fill(0);

  const push = (n) => {
    values.push(n);
    values.shift();
    const top = Math.max(4, ...values);
    // A running mean of three: single messages are bumps, not needles.
    const smooth = values.map((v, i) => ((values[i - 1] ?? v) + v + (values[i + 1] ?? v)) / 3);
    const curve = smooth.map((v, i) => `${i === 0 ? 'M' : 'L'}${i} ${(18.5 - (17 * v) / top).toFixed(2)}`).join('');
    line.setAttribute('d', curve);
    area.setAttribute('d', `${curve}V20H0Z`);
  };
  push(0);
  return { element, push };
}
