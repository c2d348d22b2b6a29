/// The JSON forms of the responses of `/simulator/...`.
extension AccountDescription {
    var json: JSON {
        [
            "tid": .string(id.tenantID),
            "oid": .string(id.objectID),
            "graphId": .string(graphID),
            "kind": .string(kind.rawValue),
            "address": .string(address),
            "userPrincipalName": .string(userPrincipalName),
            "mail": .text(mail),
        ]
    }
}

extension Fault {
    var json: JSON {
        var members: [String: JSON] = ["takesEffect": .bool(takesEffect), "skip": .integer(skip)]
        if let operation { members["operation"] = .string(operation.rawValue) }
        if let path { members["path"] = .string(path) }
        if let account { members["account"] = .string(account) }
        if let method { members["method"] = .string(method) }
        if let times { members["times"] = .integer(times) }
        if let status { members["status"] = .integer(status) }
        if let error { members["error"] = .string(error) }
        if let retryAfterSeconds { members["retryAfter"] = .integer(retryAfterSeconds) }
        if let latencyMilliseconds { members["latencyMilliseconds"] = .integer(latencyMilliseconds) }
        if let answerDelayMilliseconds { members["answerDelayMilliseconds"] = .integer(answerDelayMilliseconds) }
        if let body { members["body"] = .string(body.rawValue) }
        return .object(members)
    }
}

extension RecordedRequest {
    var json: JSON {
        var members: [String: JSON] = [
            "sequence": .integer(sequence),
            "time": .string(Timestamp.graph(time)),
            "operation": .string(operation.rawValue),
            "method": .string(method),
            "path": .string(path),
            "status": .integer(status),
            "fault": .bool(isFault),
        ]
        if let account { members["account"] = .string(account) }
        if let grantType { members["grantType"] = .string(grantType) }
        if let codeHash { members["codeHash"] = .string(codeHash) }
        return .object(members)
    }
}
