//! Lines are from real servers where nothing else is said.
