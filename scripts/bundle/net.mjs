// node:net in the place of grpc's. Node's pattern of IPv6 addresses takes V8 long to compile, and grpc asks it of every address.
import net from 'node:net';

export const { connect, isIP, isIPv4 } = net;
export const isIPv6 = (text) => text.includes(':') && net.isIPv6(text);
