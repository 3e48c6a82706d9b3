"""What the readers of the WeChat account write: answered by 小统, within WeChat's five seconds or a little later."""
