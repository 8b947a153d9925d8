"""What tests share: makers of files, fakes and servers."""
