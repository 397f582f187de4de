//! A fake Bot API with simulated users.
