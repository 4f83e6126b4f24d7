-- listd-005.sql - the queue takes turns between lists

CREATE INDEX message_of_list ON message (list_id, id);
