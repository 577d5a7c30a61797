"""What differs between engines. All else in the store is the same for each of them."""
