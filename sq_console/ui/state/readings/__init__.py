"""What the screens beside the lists read: one module for each of them."""
