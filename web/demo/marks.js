// What is typed with marks becomes formatting, as in Telegram's apps:
// **bold**, __italic__, ~~struck~~, ||hidden||, `code`, ```a block```.

const MARKS = [['```', 'pre'], ['**', 'bold'], ['__', 'italic'], ['~~', 'strikethrough'], ['||', 'spoiler'], ['`', 'code']];

/** `{text, entities}` of what was typed. Marks do not nest; one without its end stays as it is. */
export function read(typed) {
  let text = '';
  const entities = [];
  for (let at = 0; at < typed.length;) {
    const found = MARKS.find(([mark]) => typed.startsWith(mark, at));
    const from = found ? at + found[0].length : at;
    const end = found ? typed.indexOf(found[0], from) : -1;
    if (end > from && typed.slice(from, end).trim() !== '') {
      // The lines that a block's marks stand on are not part of it.
      const inner = found[1] === 'pre' ? typed.slice(from, end).replace(/^\n|\n$/g, '') : typed.slice(from, end);
      entities.push({ type: found[1], offset: text.length, length: inner.length });
      text += inner;
      at = end + found[0].length;
    } else {
      text += typed[at];
      at += 1;
    }
  }
  return { text, entities };
}
