"""The pages: server-rendered, readable without JavaScript, in Chinese and English."""
