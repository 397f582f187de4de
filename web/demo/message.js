// Reading a message as the simulator tells it: `{message_id, from_bot, json, edited, ...}`, `json` as in the Bot API.

// Most telling first: an animation also has a `document`, a venue also a `location`.
const KINDS = [
  'text', 'photo', 'video', 'animation', 'audio', 'voice', 'video_note', 'sticker', 'document', 'dice', 'contact',
  'venue', 'location', 'poll', 'invoice',
];

export const kindOf = (json) => KINDS.find((kind) => json[kind] !== undefined) ?? 'unknown';

export const textOf = (json) => json.text ?? json.caption ?? '';

export const entitiesOf = (json) => json.entities ?? json.caption_entities ?? [];

/** The media object; of a photo the largest size. */
export function mediaOf(json) {
  const media = json[kindOf(json)];
  return Array.isArray(media) ? media.at(-1) : media;
}

/** Rows of `{text, callback_data}`. */
export const buttonsOf = (json) => json.reply_markup?.inline_keyboard ?? [];

/** Rows of `{text, sends}`: the keys that Telegram's apps put in place of the letters. */
export const lettersOf = (message) => (message.keyboard?.keyboard ?? []).map((row) => row.map((key) => {
  const text = key.text ?? key;
  return { text, sends: key.request_location ? { kind: 'location' } : { text } };
}));

/** How an emoji is drawn: Telegram's heart comes without the mark that makes it a picture. */
export const drawn = (emoji) => (emoji === '❤' ? '❤\uFE0F' : emoji);

/** A message's emoji, of both sides: `[{emoji, own}]`. */
export function reactionsOf(message) {
  const list = (reactions, own) => (reactions ?? []).filter((r) => r.emoji).map((r) => ({ emoji: r.emoji, own }));
  return [...list(message.user_reactions, true), ...list(message.bot_reactions, false)];
}
