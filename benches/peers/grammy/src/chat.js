// /search, /next, /stop.
import { Composer, GrammyError } from "grammy";
import { askNext } from "./onboarding.js";
import { say } from "./texts.js";

export const chat = ({ users, queue, pairs }) => {
    const composer = new Composer();

    /** The sender, if all questions are answered; else the next one is asked. */
    async function known(ctx) {
        const user = await users.getOrCreate(ctx.from.id);
        return (await askNext(ctx, user)) ? undefined : user;
    }

    /** Says something to somebody who did not just write and may have left. */
    async function tell(ctx, id, key) {
        try {
            await ctx.api.sendMessage(id, say(await users.language(id), key));
        } catch (error) {
            if (!(error instanceof GrammyError && error.error_code === 403)) throw error;
        }
    }

    async function search(ctx, user) {
        let partner;
        while ((partner = await queue.find(user)) !== undefined) {
            if (await pairs.open(user.id, partner)) {
                await ctx.reply(say(user.language, "found"));
                await tell(ctx, partner, "found");
                return;
            }
            // One of the two has got into a chat meanwhile.
            if (await pairs.of(user.id)) return;
        }
        await ctx.reply(say(user.language, "searching"));
    }

    async function end(ctx, user) {
        const ended = await pairs.end(user.id);
        if (ended) await tell(ctx, ended.partner, "left");
        return ended !== undefined;
    }

    composer.command("search", async (ctx) => {
        const user = await known(ctx);
        if (user === undefined) return;
        if (await pairs.of(user.id)) await ctx.reply(say(user.language, "busy"));
        else await search(ctx, user);
    });

    composer.command("next", async (ctx) => {
        const user = await known(ctx);
        if (user === undefined) return;
        await end(ctx, user);
        await search(ctx, user);
    });

    composer.command("stop", async (ctx) => {
        const user = await known(ctx);
        if (user === undefined) return;
        const left = await queue.leave(user);
        const ended = await end(ctx, user);
        await ctx.reply(say(user.language, left || ended ? "stopped" : "idle"));
    });

    return composer;
};
