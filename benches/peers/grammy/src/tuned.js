// The tuned form: the same handlers, as somebody who measures would run them in one process.
import { setTimeout as sleep } from "node:timers/promises";
import { run, sequentialize } from "@grammyjs/runner";
import { Bot } from "grammy";
import { Redis } from "ioredis";
import { ALLOWED_UPDATES, install } from "./handlers.js";
import { undiciFetch } from "./http.js";
import { MemoryPairs } from "./pairs.js";
import { SearchQueue } from "./queue.js";
import { PipelinedReplyMap } from "./reply-map.js";
import { settings } from "./settings.js";
import { connect, Users } from "./users.js";

/** Requests to Telegram at once. */
const CONNECTIONS = 256;
/** Updates under way at once; the runner's own default. */
const CONCURRENCY = 500;
/** How long a stop lets updates finish, milliseconds. */
const DRAIN = 3000;

const { token, telegramUrl, databaseUrl, redisUrl } = settings();
const pool = await connect(databaseUrl, { max: 16 });
const redis = new Redis(redisUrl, { enableAutoPipelining: true });
const users = new Users(pool);
const { fetch, close } = undiciFetch(telegramUrl, CONNECTIONS);
const bot = new Bot(token, { client: { apiRoot: telegramUrl, fetch } });
// Chats side by side, the messages of one chat in their order.
bot.use(sequentialize((ctx) => ctx.chatId?.toString()));
install(bot, {
    users,
    queue: new SearchQueue(redis),
    pairs: await MemoryPairs.load(users),
    replies: new PipelinedReplyMap(redis),
});

const runner = run(bot, {
    runner: { fetch: { allowed_updates: ALLOWED_UPDATES } },
    sink: { concurrency: CONCURRENCY },
});

async function stop() {
    await runner.stop();
    // The runner does not wait for updates under way.
    const until = Date.now() + DRAIN;
    while (runner.size() > 0 && Date.now() < until) await sleep(10);
    await close();
    await pool.end();
    await redis.quit();
}
process.once("SIGINT", stop);
process.once("SIGTERM", stop);
