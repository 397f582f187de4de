// Which message is the copy of which, so that a reply reaches the right one. Scoped to the pair: after its end nothing
// points at a former partner.
import { PREFIX } from "./settings.js";

/** How long a message can be replied to. */
const SECONDS = 24 * 3600;

const key = (pairId, chatId, messageId) => `${PREFIX}copy:${pairId}:${chatId}:${messageId}`;

export class ReplyMap {
    constructor(redis) {
        this.redis = redis;
    }

    async put(pairId, chatId, messageId, partner, copyId) {
        await this.redis
            .pipeline()
            .set(key(pairId, chatId, messageId), copyId, "EX", SECONDS)
            .set(key(pairId, partner, copyId), messageId, "EX", SECONDS)
            .exec();
    }

    async get(pairId, chatId, messageId) {
        const found = await this.redis.get(key(pairId, chatId, messageId));
        return found === null ? undefined : Number(found);
    }
}

/** Leaves it to ioredis's automatic pipelining to gather what all chats write in one turn of the loop. */
export class PipelinedReplyMap extends ReplyMap {
    async put(pairId, chatId, messageId, partner, copyId) {
        await Promise.all([
            this.redis.set(key(pairId, chatId, messageId), copyId, "EX", SECONDS),
            this.redis.set(key(pairId, partner, copyId), messageId, "EX", SECONDS),
        ]);
    }
}
