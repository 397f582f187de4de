// The questions at the beginning: at most five taps.
import { Composer } from "grammy";
import { isOption, question, say } from "./texts.js";
import { nextQuestion } from "./users.js";

/** Asks what is still unknown; whether there was anything. */
export async function askNext(ctx, user) {
    const name = nextQuestion(user);
    if (name === undefined) return false;
    const { text, keyboard } = question(user.language ?? ctx.from.language_code, name);
    await ctx.reply(text, { reply_markup: keyboard });
    return true;
}

export const onboarding = ({ users }) => {
    const composer = new Composer();

    composer.command("start", async (ctx) => {
        const user = await users.getOrCreate(ctx.from.id);
        if (!(await askNext(ctx, user))) await ctx.reply(say(user.language, "ready"));
    });

    composer.callbackQuery(/^on:(\w+):(\w+)$/, async (ctx) => {
        await ctx.answerCallbackQuery();
        const [, name, value] = ctx.match;
        if (!isOption(name, value)) return;
        const code = ctx.from.language_code;
        if (name === "adult" && value === "no") {
            await ctx.editMessageText(say(code, "underage"));
            return;
        }
        const user = await users.answer(ctx.from.id, name, value);
        if (user === undefined) return;
        const next = nextQuestion(user);
        if (next === undefined) {
            await ctx.editMessageText(say(user.language, "ready"));
        } else {
            const { text, keyboard } = question(user.language ?? code, next);
            await ctx.editMessageText(text, { reply_markup: keyboard });
        }
    });

    return composer;
};
