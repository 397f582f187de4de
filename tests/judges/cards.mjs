// Cards before a library that others wrote: reads cards, a line each, from the standard input; writes what it takes each for,
// and the card in every version.
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';

const { CCardLib } = createRequire(`${process.argv[2]}/`)('@risuai/ccardlib');

for await (const line of createInterface({ input: process.stdin })) {
  const card = JSON.parse(line);
  const version = CCardLib.character.check(card);
  const cards = ['v1', 'v2', 'v3'].map((to) => CCardLib.character.convert(card, { to }));
  console.log(JSON.stringify({ version, cards }));
}
