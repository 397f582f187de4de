// The bot's handlers, in the order in which they are asked.
import { chat } from "./chat.js";
import { onboarding } from "./onboarding.js";
import { relay } from "./relay.js";

export const ALLOWED_UPDATES = ["message", "callback_query"];

export function install(bot, services) {
    bot.use(onboarding(services), chat(services), relay(services));
    bot.catch(({ ctx, error }) => {
        // Ids and the kind of error only: a request's payload may hold what people wrote.
        console.error(`update ${ctx.update.update_id}: ${error.name}: ${error.description ?? error.code ?? ""}`);
    });
}
