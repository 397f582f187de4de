// The default form: as grammY's documentation shows a bot.
import { Bot } from "grammy";
import { Redis } from "ioredis";
import { ALLOWED_UPDATES, install } from "./handlers.js";
import { RedisPairs } from "./pairs.js";
import { SearchQueue } from "./queue.js";
import { ReplyMap } from "./reply-map.js";
import { settings } from "./settings.js";
import { connect, Users } from "./users.js";

const { token, telegramUrl, databaseUrl, redisUrl } = settings();
const pool = await connect(databaseUrl);
const redis = new Redis(redisUrl);
const users = new Users(pool);
const bot = new Bot(token, { client: { apiRoot: telegramUrl } });
install(bot, {
    users,
    queue: new SearchQueue(redis),
    pairs: new RedisPairs(users, redis),
    replies: new ReplyMap(redis),
});

process.once("SIGINT", () => bot.stop());
process.once("SIGTERM", () => bot.stop());

// One update after the other, until bot.stop().
await bot.start({ allowed_updates: ALLOWED_UPDATES });
await pool.end();
await redis.quit();
