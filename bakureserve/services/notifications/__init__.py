"""What guests and restaurants are told, and whether it reached them."""
