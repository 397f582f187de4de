//! Servers go away and come back, under people who write to each other.
