//! The bot side: `/bot<token>/<method>` and `/file/bot<token>/<path>`.

mod chats;
mod copy;
mod edit;
mod error;
mod http;
mod media;
mod misc;
pub(crate) mod multipart;
mod params;
mod payments;
mod post;
mod send;
mod updates;

use std::sync::{Arc, LazyLock};

use rustc_hash::FxHashMap;

pub(crate) use error::ApiError;
pub(crate) use http::{configure, run_discarding};
pub(crate) use params::Params;
pub(crate) use payments::CHECKOUT_SECONDS;

use crate::state::bot::Bot;
use crate::state::world::World;

/// The `result` of a call as JSON, or the refusal.
pub(crate) type Answer = Result<String, ApiError>;

/// One call of a bot.
pub(crate) struct Call<'a> {
    pub(crate) world: &'a Arc<World>,
    pub(crate) bot: &'a Arc<Bot>,
    pub(crate) params: &'a Params,
    /// The method's real name.
    pub(crate) method: &'static str,
}

/// How a method is run.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Run {
    /// Answers at once.
    Now(fn(&Call<'_>) -> Answer),
    /// `getUpdates`, which may wait.
    Poll,
}

#[derive(Debug)]
pub(crate) struct Method {
    pub(crate) name: &'static str,
    pub(crate) run: Run,
}

macro_rules! methods {
    ($($name:literal => $run:path),* $(,)?) => {
        &[Method { name: "getUpdates", run: Run::Poll }, $(Method { name: $name, run: Run::Now($run) }),*]
    };
}

/// Every method that the simulator knows.
pub(crate) static METHODS: &[Method] = methods! {
    "setWebhook" => updates::set_webhook,
    "deleteWebhook" => updates::delete_webhook,
    "getWebhookInfo" => updates::get_webhook_info,
    "getMe" => misc::get_me,
    "logOut" => misc::accept,
    "close" => misc::accept,
    "sendMessage" => send::send_message,
    "sendDice" => send::send_dice,
    "sendContact" => send::send_contact,
    "sendLocation" => send::send_location,
    "sendVenue" => send::send_venue,
    "sendPoll" => send::send_poll,
    "sendPhoto" => media::send_file,
    "sendVideo" => media::send_file,
    "sendAnimation" => media::send_file,
    "sendAudio" => media::send_file,
    "sendDocument" => media::send_file,
    "sendVoice" => media::send_file,
    "sendVideoNote" => media::send_file,
    "sendSticker" => media::send_file,
    "sendMediaGroup" => media::send_media_group,
    "copyMessage" => copy::copy_message,
    "copyMessages" => copy::copy_messages,
    "forwardMessage" => copy::forward_message,
    "editMessageText" => edit::edit_text,
    "editMessageCaption" => edit::edit_caption,
    "editMessageMedia" => edit::edit_media,
    "editMessageReplyMarkup" => edit::edit_reply_markup,
    "deleteMessage" => edit::delete_message,
    "deleteMessages" => edit::delete_messages,
    "setMessageReaction" => misc::set_message_reaction,
    "answerCallbackQuery" => misc::answer_callback_query,
    "sendChatAction" => misc::send_chat_action,
    "sendMessageDraft" => misc::send_message_draft,
    "getFile" => misc::get_file,
    "getChat" => chats::get_chat,
    "getChatMember" => chats::get_chat_member,
    "leaveChat" => chats::leave_chat,
    "pinChatMessage" => chats::accept_in_chat,
    "unpinChatMessage" => chats::accept_in_chat,
    "unpinAllChatMessages" => chats::accept_in_chat,
    "sendInvoice" => payments::send_invoice,
    "createInvoiceLink" => payments::create_invoice_link,
    "answerPreCheckoutQuery" => payments::answer_pre_checkout_query,
    "refundStarPayment" => payments::refund_star_payment,
    "editUserStarSubscription" => payments::edit_user_star_subscription,
    "getStarTransactions" => payments::get_star_transactions,
    "getMyStarBalance" => payments::get_my_star_balance,
    "setMyCommands" => misc::set_my_commands,
    "getMyCommands" => misc::get_my_commands,
    "deleteMyCommands" => misc::delete_my_commands,
    "setMyName" => misc::set_my_name,
    "getMyName" => misc::get_my_name,
    "setMyDescription" => misc::set_my_description,
    "getMyDescription" => misc::get_my_description,
    "setMyShortDescription" => misc::set_my_short_description,
    "getMyShortDescription" => misc::get_my_short_description,
    "setChatMenuButton" => misc::set_chat_menu_button,
    "getChatMenuButton" => misc::get_chat_menu_button,
};

static BY_NAME: LazyLock<FxHashMap<String, usize>> =
    LazyLock::new(|| METHODS.iter().enumerate().map(|(n, m)| (m.name.to_ascii_lowercase(), n)).collect());

/// The method called `name`, which is in lower case, and its place in [`METHODS`].
pub(crate) fn find_method(name: &str) -> Option<(usize, &'static Method)> {
    let n = *BY_NAME.get(name)?;
    METHODS.get(n).map(|m| (n, m))
}
