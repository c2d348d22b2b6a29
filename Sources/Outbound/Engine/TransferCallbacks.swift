import CLibCurl

// The functions that libcurl calls, on the engine's thread. They capture nothing: the transfer is their context.

private func transfer(_ context: UnsafeMutableRawPointer?) -> Transfer? {
    context.map { Unmanaged<Transfer>.fromOpaque($0).takeUnretainedValue() }
}

/// Any number but the one that came ends the transfer.
let receiveBody: ccurl_data_callback = { data, size, count, context in
    guard let transfer = transfer(context), let data else { return 0 }
    let bytes = UnsafeRawBufferPointer(start: data, count: size * count)
    return transfer.take(body: bytes) ? bytes.count : bytes.count &+ 1
}

let receiveHead: ccurl_data_callback = { data, size, count, context in
    guard let transfer = transfer(context), let data else { return 0 }
    let bytes = UnsafeRawBufferPointer(start: data, count: size * count)
    return transfer.take(head: bytes) ? bytes.count : bytes.count &+ 1
}

/// After resolution and before the connection: the resolved address is judged.
let openSocket: curl_opensocket_callback = { context, purpose, address in
    guard let transfer = transfer(context), let address, purpose == CURLSOCKTYPE_IPCXN else { return CURL_SOCKET_BAD }
    let bytes = UnsafeRawBufferPointer(start: ccurl_address(address), count: Int(address.pointee.addrlen))
    guard transfer.mayConnect(to: IPAddress(socketAddress: bytes)) else { return CURL_SOCKET_BAD }
    return ccurl_open_socket(address)
}

/// Before each request, on reused connections too, for which no socket is opened.
let checkBeforeRequest: curl_prereq_callback = { context, address, _, _, _ in
    guard let transfer = transfer(context), let address, transfer.mayConnect(to: IPAddress(String(cString: address)))
    else { return CURL_PREREQFUNC_ABORT }
    return CURL_PREREQFUNC_OK
}

let noteLookup: curl_resolver_start_callback = { _, _, context in
    transfer(context)?.noteLookupBegan()
    return 0
}
