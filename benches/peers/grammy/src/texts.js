// What the bot says, in two languages.
import { InlineKeyboard } from "grammy";
import { common } from "./settings.js";

const texts = JSON.parse(common("texts.json"));

export const QUESTIONS = texts.questions;

export const say = (language, key) => (language === "ru" ? texts.ru : texts.en)[key];

export function question(language, name) {
    const { text, options } = say(language, name);
    const keyboard = new InlineKeyboard();
    for (const [value, label] of options) keyboard.text(label, `on:${name}:${value}`).row();
    return { text, keyboard };
}

export const isOption = (name, value) =>
    QUESTIONS.includes(name) && texts.en[name].options.some(([option]) => option === value);
