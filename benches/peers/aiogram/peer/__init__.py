"""The bot: two strangers meet and talk anonymously."""
