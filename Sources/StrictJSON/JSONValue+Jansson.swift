import CJansson

extension JSONValue {
    /// Copies a value from jansson's tree. Child values are borrowed from the root, so nothing is released here.
    init(reading json: UnsafeMutablePointer<json_t>) {
        switch json.pointee.type {
        case JSON_TRUE: self = .bool(true)
        case JSON_FALSE: self = .bool(false)
        case JSON_INTEGER: self = .integer(json_integer_value(json))
        case JSON_REAL: self = .double(json_real_value(json))
        case JSON_STRING:
            self = .string(Self.text(json_string_value(json), length: json_string_length(json)))
        case JSON_ARRAY:
            let count = json_array_size(json)
            var elements: [JSONValue] = []
            elements.reserveCapacity(count)
            for index in 0..<count {
                if let element = json_array_get(json, index) {
                    elements.append(JSONValue(reading: element))
                }
            }
            self = .array(elements)
        case JSON_OBJECT: self = .object(JSONObject(reading: json))
        default: self = .null
        }
    }

    /// jansson has already checked that the bytes are UTF-8.
    fileprivate static func text(_ start: UnsafePointer<CChar>?, length: Int) -> String {
        let bytes = UnsafeRawBufferPointer(start: start, count: length)
        return String(decoding: bytes, as: UTF8.self)
    }
}

extension JSONObject {
    /// jansson preserves insertion order (its documentation: "Object", since 2.8).
    fileprivate init(reading json: UnsafeMutablePointer<json_t>) {
        var members: [Member] = []
        members.reserveCapacity(json_object_size(json))
        var iterator = json_object_iter(json)
        while let current = iterator {
            if let value = json_object_iter_value(current) {
                let name = JSONValue.text(
                    json_object_iter_key(current), length: json_object_iter_key_len(current))
                members.append(Member(name: name, value: JSONValue(reading: value)))
            }
            iterator = json_object_iter_next(json, current)
        }
        self.init(members)
    }
}
