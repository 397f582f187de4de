// Everything else goes to the partner.
import { setTimeout as sleep } from "node:timers/promises";
import { Composer, GrammyError } from "grammy";
import { say } from "./texts.js";

/** Contacts and places tell who somebody is; polls, games and invoices cannot be copied. */
const PASSED_ON = [
    "message:text",
    "message:photo",
    "message:video",
    "message:voice",
    "message:video_note",
    "message:audio",
    "message:document",
    "message:sticker",
    "message:animation",
];

async function copy(ctx, partner, options) {
    try {
        return await ctx.copyMessage(partner, options);
    } catch (error) {
        if (!(error instanceof GrammyError && error.error_code === 429)) throw error;
        await sleep(1000 * (error.parameters.retry_after ?? 1));
        return await ctx.copyMessage(partner, options);
    }
}

export const relay = ({ users, pairs, replies }) => {
    const composer = new Composer();

    composer.on(PASSED_ON, async (ctx) => {
        const message = ctx.message;
        const pair = await pairs.of(ctx.chat.id);
        if (pair === undefined) {
            await ctx.reply(say(await users.language(ctx.chat.id), "idle"));
            return;
        }
        let options;
        if (message.reply_to_message) {
            const target = await replies.get(pair.id, ctx.chat.id, message.reply_to_message.message_id);
            if (target !== undefined) {
                options = { reply_parameters: { message_id: target, allow_sending_without_reply: true } };
            }
        }
        let sent;
        try {
            sent = await copy(ctx, pair.partner, options);
        } catch (error) {
            if (!(error instanceof GrammyError)) throw error;
            if (error.error_code === 403) {
                await pairs.end(ctx.chat.id);
                await ctx.reply(say(await users.language(ctx.chat.id), "gone"));
            } else if (error.error_code === 400) {
                await ctx.reply(say(await users.language(ctx.chat.id), "refused"));
            } else throw error;
            return;
        }
        await replies.put(pair.id, ctx.chat.id, message.message_id, pair.partner, sent.message_id);
    });

    composer.on("message", async (ctx) => {
        await ctx.reply(say(await users.language(ctx.chat.id), "refused"));
    });

    return composer;
};
