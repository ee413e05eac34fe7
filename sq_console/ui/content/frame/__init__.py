"""What frames every live screen: header, figures, banners."""
