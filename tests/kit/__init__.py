"""What tests are made of: builders, a cast, doubles of other servers, real processes."""
